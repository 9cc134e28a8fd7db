import { describe, expect, it } from 'vitest';
import { scoreTrial, type ScoreFacts } from '../../../src/bench/score/score.js';
import type { TaskCheck } from '../../../src/bench/task/task.js';

const check = (id: string, kind: TaskCheck['class'], weight = 1): TaskCheck => ({
  id,
  check: 'file.nonempty',
  class: kind,
  weight,
  file: 'out/x',
  with: {},
  args: {},
  kills: [],
});
const task = {
  checks: [check('truth', 'science', 2), check('grid', 'format'), check('names', 'hygiene')],
  weights: { E: 0.25, A: 0.5, R: 0.25 },
};
const verdict = (id: string, ok: boolean): ScoreFacts['verdicts'][number] => ({
  id,
  ok,
  values: {},
  evidence: [],
});
const right: ScoreFacts = {
  artefacts: [{ path: 'x', there: true, produced: true }],
  stopped: false,
  lastCommandOk: true,
  verdicts: [verdict('truth', true), verdict('grid', true), verdict('names', true)],
  violations: [],
  forbiddenWrites: [],
  replay: { same: 1, required: 1, relocated: true },
  provenance: 1,
};

describe('the score of a trial', () => {
  it('is 100 where all is right', () => {
    expect(scoreTrial(task, right)).toMatchObject({ E: 1, A: 1, R: 1, total: 100, resolved: true });
  });

  it('is 75 without a replay and a provenance, and still resolved', () => {
    const { total, resolved, R } = scoreTrial(task, { ...right, replay: undefined, provenance: 0 });
    expect([total, resolved, R]).toEqual([75, true, 0]);
  });

  it('is 0 where one science check fails, whatever the others say', () => {
    const verdicts = [verdict('truth', false), verdict('grid', true), verdict('names', true)];
    const { total, resolved, A } = scoreTrial(task, { ...right, verdicts });
    expect([total, resolved, A]).toEqual([0, false, 0.5]);
  });

  it('is half where the format is wrong, and not resolved', () => {
    const verdicts = [verdict('truth', true), verdict('grid', false), verdict('names', true)];
    const { total, resolved } = scoreTrial(task, { ...right, verdicts });
    expect(total).toBeCloseTo(50 * (0.25 + 0.5 * 0.75 + 0.25), 10);
    expect(resolved).toBe(false);
  });

  it('counts a failed check of hygiene in A alone', () => {
    const verdicts = [verdict('truth', true), verdict('grid', true), verdict('names', false)];
    expect(scoreTrial(task, { ...right, verdicts })).toMatchObject({ A: 0.75, resolved: true });
  });

  it.each([
    ['an artefact that no command made', { artefacts: [{ path: 'x', there: true, produced: false }] }],
    ['a missing artefact', { artefacts: [{ path: 'x', there: false, produced: false }] }],
    ['no artefact at all', { artefacts: [] }],
    ['a violation', { violations: ['link: x'] }],
    ['data that were to be left unwritten', { forbiddenWrites: ['maps/x'] }],
    ['no verdict', { verdicts: [] }],
  ])('is 0 for %s', (_, facts) => {
    expect(scoreTrial(task, { ...right, ...facts })).toMatchObject({ total: 0, resolved: false });
  });

  it('costs a quarter of E to be stopped, and another to end with a failed command', () => {
    expect(scoreTrial(task, { ...right, stopped: true }).E).toBe(0.75);
    expect(scoreTrial(task, { ...right, stopped: true, lastCommandOk: false }).E).toBe(0.5);
  });
});
