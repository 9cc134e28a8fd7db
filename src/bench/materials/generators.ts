import { NeuroClawError } from '../../kernel/errors.js';
import { nearest } from '../../kernel/text.js';
import { dicomBatchGenerator } from './dicom-batch.js';
import { diffusionMovedGenerator } from './diffusion-moved.js';
import { diffusionSeriesGenerator } from './diffusion-series.js';
import { diffusionTensorGenerator } from './diffusion-tensor.js';
import { diffusionUnfitGenerator } from './diffusion-unfit.js';
import { groupMapsGenerator } from './group-maps.js';
import { headGenerator } from './head.js';
import { identitiesGenerator } from './identities.js';
import { lesionMasksGenerator } from './lesion-masks.js';
import { movedHeadGenerator } from './moved-head.js';
import { oddballEegGenerator } from './oddball-eeg.js';
import { regionsBoldGenerator } from './regions-bold.js';
import { tracerPetGenerator } from './tracer-pet.js';
import { regionsGenerator } from './regions.js';
import { sliceTimesGenerator } from './slice-times.js';
import { adniStagingGenerator } from './staging-adni.js';
import { brokenDatasetGenerator, hcpStagingGenerator } from './staging.js';
import { siteStudyGenerator } from './site-study.js';
import { tracksGenerator } from './tracks.js';
import type { Generator } from './generator.js';

/** Every generator there is. */
const generators: readonly Generator[] = [
  headGenerator,
  diffusionSeriesGenerator,
  diffusionTensorGenerator,
  diffusionMovedGenerator,
  diffusionUnfitGenerator,
  regionsBoldGenerator,
  oddballEegGenerator,
  tracerPetGenerator,
  lesionMasksGenerator,
  regionsGenerator,
  tracksGenerator,
  hcpStagingGenerator,
  adniStagingGenerator,
  identitiesGenerator,
  brokenDatasetGenerator,
  dicomBatchGenerator,
  groupMapsGenerator,
  siteStudyGenerator,
  movedHeadGenerator,
  sliceTimesGenerator,
];

/** The generator of that id. Throws task.invalid with the nearest name. */
export function generatorNamed(id: string): Generator {
  const found = generators.find((generator) => generator.id === id);
  if (found !== undefined) return found;
  const near = nearest(
    id,
    generators.map((generator) => generator.id),
  );
  throw new NeuroClawError('task.invalid', `there is no generator ${id}`, {
    place: { field: 'generator.id' },
    ...(near === undefined ? {} : { expected: `${near}?` }),
  });
}
