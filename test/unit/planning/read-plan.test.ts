import { describe, expect, it } from 'vitest';
import { NeuroClawError } from '../../../src/kernel/errors.js';
import { parsePlan } from '../../../src/planning/read-plan.js';
import { planOf } from './support.js';

const plan = planOf({ pipeline: 'functional/clean', data: { bids: '/data' } });

function problems(document: unknown): (string | undefined)[][] {
  try {
    parsePlan(document, 'plan.json');
  } catch (error) {
    expect(error).toBeInstanceOf(NeuroClawError);
    if (!(error instanceof NeuroClawError)) throw error;
    expect(error.code).toBe('plan.invalid');
    return error.findings.map(({ place, message, expected }) => [place?.field, message, expected]);
  }
  return [];
}

describe('parsePlan', () => {
  it('reads back what was written', () => {
    expect(parsePlan(JSON.parse(JSON.stringify(plan)), 'plan.json')).toEqual(plan);
  });

  it('lists every problem with its field, not the first alone', () => {
    const broken = {
      ...plan,
      title: '',
      stages: [{ ...plan.stages[0], id: 'Not Kebab', participant: ['1'], data: { folder: '/x' } }],
    };
    const fields = problems(broken).map(([field]) => field);
    expect(fields).toEqual(
      expect.arrayContaining(['title', 'stages[0].id', 'stages[0].participant', 'stages[0].data']),
    );
  });

  it('says which forms data may have', () => {
    const [text] = problems({ ...plan, stages: [{ ...plan.stages[0], data: '/x' }] });
    expect(text?.[0]).toBe('stages[0].data');
    expect(problems({ ...plan, stages: [{ ...plan.stages[0], data: { folder: '/x' } }] })).toEqual([
      [
        'stages[0].data',
        'stages[0].data: has none of the forms that are allowed here',
        'one of bids, dicom, stage',
      ],
    ]);
  });

  it.each([
    [null],
    [[]],
    ['text'],
    [{}],
    [{ ...plan, stages: [] }],
    [{ ...plan, schema: 'neuroclaw/plan@2' }],
  ])('%j is no plan', (document) => {
    expect(problems(document).length).toBeGreaterThan(0);
  });

  it('a missing field is told as missing', () => {
    const { out: _out, ...rest } = plan;
    expect(problems(rest)).toEqual([['out', 'out: is missing', 'string']]);
  });

  it('stages have names of their own and work on what came before', () => {
    const [stage] = plan.stages;
    expect(problems({ ...plan, stages: [stage, stage] })[0]?.[1]).toBe('two stages are called work');
    expect(
      problems({
        ...plan,
        stages: [
          { ...stage, data: { stage: 'later' } },
          { ...stage, id: 'later' },
        ],
      })[0],
    ).toEqual([
      'stages[0].data.stage',
      'stage work works on later, which is no stage before it',
      'a dataset: there is no stage before',
    ]);
  });
});
