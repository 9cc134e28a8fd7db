import { derivativeDescription } from '../bids/derivative.js';
import type { CompiledStage } from '../planning/job.js';
import { textPublication, type Publication } from './publish.js';

/** The files that make a stage's output folder a BIDS derivative dataset. A raw dataset is described by its own job. */
export function datasetPublications(stage: CompiledStage, version: string): Publication[] {
  if (
    stage.dataset.kind === 'raw' ||
    !stage.jobs.some((job) => job.outputs.some((output) => output.publish !== undefined))
  ) {
    return [];
  }
  const description = derivativeDescription({
    name: `${stage.pipeline.id} by NeuroClaw`,
    generatedBy: [
      {
        Name: 'NeuroClaw',
        Version: version,
        Description: `pipeline ${stage.pipeline.id} ${stage.pipeline.version}`,
      },
    ],
    ...(stage.dataset.source === undefined ? {} : { source: stage.dataset.source }),
  });
  const path = `${stage.dataset.folder}/dataset_description.json`;
  return [textPublication(path, `${stage.stage}/dataset`, `${JSON.stringify(description, null, 2)}\n`)];
}
