import { describe, expect, it } from 'vitest';
import { readResults } from '../../../src/bench/read-results.js';
import { trialResult } from '../../../src/bench/result.js';
import { makeTrial } from '../../support/trial-result.js';

const problemsOf = (value: unknown): string[] =>
  (trialResult.safeParse(value).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

describe('the result of a trial', () => {
  it('is taken where it holds together, with defaults for what is not said', () => {
    const { capabilities: _a, control: _b, security: _c, ...short } = makeTrial();
    expect(trialResult.parse(short)).toEqual(makeTrial({ capabilities: [] }));
  });

  it('refuses a field that no reader knows, and a wrong schema', () => {
    expect(problemsOf({ ...makeTrial(), score: 100 })).toEqual([': Unrecognized key: "score"']);
    expect(problemsOf({ ...makeTrial(), schema: 'neurobench/result@1' })).toHaveLength(1);
  });

  it.each([
    ['a score of a trial that the harness lost', { status: 'infra_error', scores: makeTrial().scores }],
    ['no score of a trial that ran', { scores: null }],
    ['a failure class of a resolved trial', { failure_class: 'wrong-science' }],
    ['a failed trial without its class', { status: 'timeout', failure_class: null }],
    ['a resolved trial whose science is wrong', { checks: makeTrial({ status: 'unresolved' }).checks }],
    ['a cost from an unknown source', { usage: { ...makeTrial().usage, usd_source: 'unknown' } }],
    ['an unknown cost from a price file', { usage: { ...makeTrial().usage, usd: null } }],
    ['an attack without an injection', { security: { injection: null, attack_succeeded: true } }],
  ] as const)('refuses %s', (_name, changes) => {
    expect(problemsOf(makeTrial(changes as never)).length).toBeGreaterThan(0);
  });

  it('may be resolved with a failed check of hygiene', () => {
    const [check] = makeTrial().checks;
    expect(problemsOf(makeTrial({ checks: [{ ...check!, class: 'hygiene', ok: false }] }))).toEqual([]);
  });
});

describe('results.jsonl', () => {
  const line = (changes = {}): string => JSON.stringify(makeTrial(changes));

  it('keeps the last line of a trial that was graded again, and apart what only looks the same', () => {
    const text = [
      line({ status: 'unresolved' }),
      line({ trial: 2 }),
      line({ control: { kind: 'mutant', name: 'flipped-bvec' }, status: 'unresolved' }),
      line(),
      '',
    ].join('\n');
    const { results, findings } = readResults(text, 'results.jsonl');
    expect(findings).toEqual([]);
    expect(results.map(({ trial, control, status }) => [trial, control?.name ?? '', status])).toEqual([
      [1, '', 'resolved'],
      [2, '', 'resolved'],
      [1, 'flipped-bvec', 'unresolved'],
    ]);
  });

  it('names every bad line and reads the others', () => {
    const { results, findings } = readResults(
      `${line()}\n{"schema":\n${line({ trial: 0 })}\n`,
      'results.jsonl',
    );
    expect(results).toHaveLength(1);
    expect(findings.map(({ place }) => place)).toEqual([
      { file: 'results.jsonl', line: 2 },
      { file: 'results.jsonl', line: 3, field: 'trial' },
    ]);
  });
});
