import { describe, expect, it } from 'vitest';
import { checkPipeline } from '../../../src/planning/check-pipeline.js';
import { compileStage } from '../../../src/planning/compile-stage.js';
import { pictureSteps } from '../../../src/planning/picture-steps.js';
import { temporaryFolder } from '../../support/temporary.js';
import { datasets, pipelineOf, planOf, world, writeDataset } from './support.js';

/** The mean is needed by the picture alone; the smoothed image is published and drawn. */
const parts = {
  inputs: { bold: { query: { suffix: 'bold', extension: '.nii' } } },
  steps: [
    { id: 'mean', skill: 'niimath/temporal-mean', for_each: 'bold', inputs: { image: 'bold' } },
    {
      id: 'smooth',
      skill: 'niimath/smooth',
      for_each: 'bold',
      inputs: { image: 'bold' },
      params: { sigma_mm: 2 },
      publish: { smoothed: { desc: 'smooth' } },
    },
    {
      id: 'draw-mean',
      skill: 'quality/picture-mosaic',
      inputs: { image: 'mean.mean' },
      params: { title: 'Mean' },
    },
    {
      id: 'draw-both',
      skill: 'quality/picture-flicker',
      inputs: { before: 'mean.mean', after: 'smooth.smoothed' },
      params: { title: 'Both' },
    },
  ],
  pictures: {
    mean: { from: 'draw-mean.picture', title: 'Mean', about: 'x' },
    both: { from: 'draw-both.picture', title: 'Both', about: 'x' },
  },
};

describe('steps that serve pictures alone', () => {
  it('are those that draw and what only they need', () => {
    expect([...pictureSteps(pipelineOf(parts))].sort()).toEqual(['draw-both', 'draw-mean', 'mean']);
  });

  it('are not those that publish, that numbers are read from, or that something else needs', () => {
    const [mean, smooth, ...draw] = parts.steps;
    const published = { ...mean, publish: { mean: {} } };
    expect(pictureSteps(pipelineOf({ ...parts, steps: [published, smooth, ...draw] }))).not.toContain('mean');
    const measured = { volumes: { from: 'mean.mean', value: 'x', about: 'x' } };
    expect(pictureSteps(pipelineOf({ ...parts, qc: measured }))).not.toContain('mean');
    const needed = { ...smooth, inputs: { image: 'mean.mean' } };
    expect(pictureSteps(pipelineOf({ ...parts, steps: [mean, needed, ...draw] }))).not.toContain('mean');
    // Without pictures nothing is left out: a step that nobody reads may be there for its checks.
    expect([...pictureSteps(pipelineOf({ ...parts, pictures: {} }))]).toEqual([]);
  });

  it('are left out of a plan without pictures, and the rest compiles as before', async () => {
    const { skills, pipelines } = await world;
    const bids = writeDataset(temporaryFolder(), { 'sub-01/func/sub-01_task-rest_bold.nii': {} });
    const plan = planOf({ pipeline: pipelineOf(parts), data: { bids } });
    const all = await compileStage(plan, 'work', { skills, pipelines, datasets });
    const few = await compileStage({ ...plan, pictures: false }, 'work', { skills, pipelines, datasets });
    expect(all.findings).toEqual([]);
    expect(all.jobs.map(({ step }) => step)).toEqual(['mean', 'smooth', 'draw-mean', 'draw-both']);
    expect(few.jobs.map(({ step }) => step)).toEqual(['smooth']);
    expect(few.jobs[0]).toEqual(all.jobs[1]);
    expect([few.definition.pictures, Object.keys(all.definition.pictures)]).toEqual([{}, ['mean', 'both']]);
  });

  it('are refused where step or output is not there, or is no picture', async () => {
    const { skills } = await world;
    const pictures = {
      a: { from: 'draw.picture', title: 'x', about: 'x' },
      b: { from: 'draw-mean.pictures', title: 'x', about: 'x' },
      c: { from: 'mean.mean', title: 'x', about: 'x' },
    };
    const found = checkPipeline(pipelineOf({ ...parts, pictures }), skills);
    expect(found.map(({ place, message }) => [place?.field, message])).toEqual([
      ['pictures.a.from', 'there is no step draw'],
      ['pictures.b.from', 'draw-mean (quality/picture-mosaic) has no output pictures'],
      ['pictures.c.from', 'mean.mean is nifti'],
    ]);
  });
});
