import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namedSkills } from '../../../src/planning/compile/named-skills.js';
import { pipelineSchema } from '../../../src/planning/pipeline.js';
import { planSchema } from '../../../src/planning/plan.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { projectFolder } from '../../support/data.js';

const { skills } = await loadSkills([join(projectFolder, 'skills')]);
const pipeline = pipelineSchema.parse({
  schema: 'neuroclaw/pipeline@1',
  id: 'lab/x',
  version: '1.0.0',
  title: 'x',
  description: 'x',
  publishes: 'derivative',
  inputs: { t1w: { query: { suffix: 'T1w' } } },
  steps: [
    { id: 'surfaces', skill: 'freesurfer/recon-all', for_each: 't1w' },
    { id: 'maybe', skill: 'freesurfer/synthseg', for_each: 't1w', when: 'segment' },
    { id: 'brain', capability: 'brain-extraction', for_each: 't1w' },
    { id: 'unknown', skill: 'freesurfer/nothing', for_each: 't1w' },
  ],
});

function named(providers: Record<string, string>): string[] {
  const plan = planSchema.parse({
    schema: 'neuroclaw/plan@1',
    title: 'x',
    out: '/out',
    origin: { planner: 'test', version: '1' },
    stages: [{ id: 'x', pipeline: 'lab/x', data: { stage: 'before' }, providers }],
  });
  return namedSkills(plan, 'x', new Map([['lab/x', pipeline]]), skills);
}

describe('the skills that a stage runs for certain', () => {
  it('are those of steps without a condition', () => {
    expect(named({})).toEqual(['freesurfer/recon-all']);
  });
  it('and the providers that the plan names', () => {
    expect(named({ 'brain-extraction': 'fsl/bet' })).toEqual(['freesurfer/recon-all', 'fsl/bet']);
  });
});
