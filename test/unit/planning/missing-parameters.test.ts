import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPipeline } from '../../../src/planning/check-pipeline.js';
import { compileStage } from '../../../src/planning/compile-stage.js';
import type { CompiledStage } from '../../../src/planning/job.js';
import { temporaryFolder } from '../../support/temporary.js';
import { datasets, planOf, world, writeDataset } from './support.js';

async function compiled(pipeline: string, params: Record<string, unknown> = {}): Promise<CompiledStage> {
  const { skills, pipelines } = await world;
  const bids = writeDataset(temporaryFolder(), {
    'sub-01/func/sub-01_task-x_bold.nii': { volumes: 30, tr: 2 },
  });
  const events = 'onset\tduration\ttrial_type\n0\t1\thouse\n2\t1\tface\n4\t1\tn/a\n';
  writeFileSync(join(bids, 'sub-01/func/sub-01_task-x_events.tsv'), events);
  const table = 'participant_id\tage\tgroup\nsub-01\t30\tpatient\nsub-02\t31\tcontrol\nsub-03\tn/a\tn/a\n';
  writeFileSync(join(bids, 'participants.tsv'), table);
  return compileStage(planOf({ pipeline, data: { bids }, params }), 'work', { skills, pipelines, datasets });
}

const asked = ({ findings }: CompiledStage) =>
  findings.flatMap(({ code, place, expected }) =>
    code === 'plan.question' ? [[place?.field, expected]] : [],
  );

describe('a parameter that only the person can say', () => {
  it('is asked for with the conditions of the events, and no job is made', async () => {
    const stage = await compiled('functional/glm');
    expect(stage.jobs).toEqual([]);
    expect(asked(stage)).toEqual([
      ['stages.work.params.contrasts', expect.stringMatching(/ These data have: face, house$/)],
    ]);
  });

  it('is not asked for once it was said', async () => {
    const stage = await compiled('functional/glm', { contrasts: 'face-house' });
    expect(asked(stage)).toEqual([]);
    expect(stage.jobs.length).toBeGreaterThan(1);
  });

  it('is asked for with the values of a column, or the columns of a table', async () => {
    expect(asked(await compiled('statistics/group'))).toEqual([
      ['stages.work.params.compare', expect.stringMatching(/ These data have: control, patient$/)],
      ['stages.work.params.measures', expect.stringMatching(/ These data have: age, group$/)],
    ]);
    expect(asked(await compiled('statistics/group', { group: 'age', measures: 'age' }))).toEqual([
      ['stages.work.params.compare', expect.stringMatching(/ These data have: 30, 31$/)],
    ]);
  });

  it('has no default, and its names stand where the pipeline has something', async () => {
    const { skills, pipelines } = await world;
    const glm = pipelines.get('functional/glm')!;
    const contrasts = { ...glm.parameters['contrasts']!, default: 'face' };
    const found = (names_in: (typeof contrasts)['names_in']) =>
      checkPipeline(
        { ...glm, parameters: { ...glm.parameters, contrasts: { ...contrasts, names_in } } },
        skills,
      )
        .map(({ message }) => message)
        .join('\n');
    expect(found({ events_of: 'bald' })).toMatch(/nobody is asked[^]*no input bald/);
    expect(found({ table: ['bold'], column_named: 'grup' })).toMatch(/no parameter grup/);
  });
});
