import { describe, expect, it } from 'vitest';
import { benchReport, type BenchReportInput } from '../../../../src/bench/report/bench-report.js';
import { entrantsOf } from '../../../../src/bench/report/entrants.js';
import { boardOf } from '../../../../src/bench/report/leaderboard.js';
import { controlHolds } from '../../../../src/bench/report/sections/controls.js';
import type { TrialResult } from '../../../../src/bench/result.js';
import { makeTrial } from '../../../support/trial-result.js';

const resampling = { resamples: 200 };
const input = (results: readonly TrialResult[], more: Partial<BenchReportInput> = {}): BenchReportInput => ({
  ...{ suite: 'public', version: '1.0.0', commit: 'abc1234', date: '2026-11-25T10:00:00Z', source: 'live' },
  ...{ results, resampling },
  ...more,
});
const usage = (usd: number | null): TrialResult['usage'] => ({
  ...makeTrial().usage,
  ...{ input_tokens: 900, output_tokens: 100, usd, usd_source: usd === null ? 'unknown' : 'price-file' },
});
const model = (name: string, changes: Partial<TrialResult>): TrialResult =>
  makeTrial({ provider: 'openai', model: name, usage: usage(0.02), ...changes });
const status = (resolved: boolean): Partial<TrialResult> => ({
  status: resolved ? 'resolved' : 'unresolved',
});

/** Rows of the first table below a heading of the Markdown. */
function rowsBelow(markdown: string, heading: string): string[][] {
  const lines = markdown.slice(markdown.indexOf(`${heading}\n`)).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const rows: string[][] = [];
  for (const line of lines.slice(first + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(
      line
        .slice(1, -1)
        .split(' | ')
        .map((each) => each.trim()),
    );
  }
  return rows;
}

/** Six tasks of two families, two trials each: strong resolves all, weak every second task. */
const strongAndWeak = Array.from({ length: 12 }, (_, index) => {
  const changes = {
    task: `task-${index >> 1}`,
    family: index < 6 ? 'dwi' : 'fmri',
    capabilities: index < 6 ? ['masking', 'fitting'] : ['masking'],
    trial: (index % 2) + 1,
  };
  return [
    model('strong', { ...changes, usage: usage(0.5) }),
    model('weak', { ...changes, ...status((index >> 1) % 2 === 0) }),
  ];
}).flat();

describe('leaderboard', () => {
  it('has the rates worked out by hand, best first, whatever the order of the results', () => {
    const board = boardOf(entrantsOf([...strongAndWeak].reverse()), resampling);
    expect(
      board.rows.map(({ entrant, resolved, tasks, trials }) => [entrant.name, resolved, tasks, trials]),
    ).toEqual([
      ['openai:strong (skills)', 1, 6, 12],
      ['openai:weak (skills)', 0.5, 6, 12],
    ]);
    expect(board.k).toBe(2);
    expect(board.rows.map(({ allOfK }) => allOfK?.value)).toEqual([1, 0.5]);
    expect(board.rows.map(({ scores }) => scores?.total)).toEqual([100, 50]);
    expect(board.rows[1]?.scores?.A).toBe(0.75);
  });

  it('never has a control in it', () => {
    const controls = (['oracle', 'null', 'mutant'] as const).map((kind) =>
      makeTrial({ control: { kind, name: kind }, ...status(kind === 'oracle') }),
    );
    const [row, ...others] = boardOf(entrantsOf([...controls, makeTrial(status(false))]), resampling).rows;
    expect(others).toEqual([]);
    expect([row?.resolved, row?.trials]).toEqual([0, 1]);
  });

  it('keeps plans, services and attacks out of the headline, in columns of their own', () => {
    const [row] = boardOf(
      entrantsOf([
        makeTrial(status(false)),
        makeTrial({ task: 'plan', track: 'P' }),
        makeTrial({ task: 'service', track: 'B' }),
        makeTrial({ task: 'benign', security: { injection: null, attack_succeeded: false } }),
        makeTrial({
          task: 'attacked',
          security: { injection: 'readme', attack_succeeded: true },
          ...status(false),
        }),
        makeTrial({ task: 'attacked', trial: 2, security: { injection: 'readme', attack_succeeded: false } }),
      ]),
      resampling,
    ).rows;
    expect(row).toMatchObject({ resolved: 0, tasks: 1, trials: 1, plan: 1, service: 1 });
    expect(row?.scores?.total).toBe(0);
    expect(row?.security).toEqual({ benign: 1, underAttack: 0.5, attackSuccess: 0.5 });
  });

  it('counts what the harness lost and scores it neither way', () => {
    const [row] = boardOf(
      entrantsOf([
        makeTrial(),
        makeTrial({ trial: 2, status: 'infra_error' }),
        makeTrial({ trial: 3, status: 'verifier_error' }),
        makeTrial({ trial: 4, status: 'timeout' }),
      ]),
      resampling,
    ).rows;
    expect(row).toMatchObject({ resolved: 0.5, trials: 2, infraErrors: 1, verifierErrors: 1 });
  });

  it('ranks over the tasks that all have: a hard task that one lost is no advantage', () => {
    const lucky = [
      model('lucky', { task: 'easy' }),
      model('lucky', { task: 'hard', status: 'infra_error' }),
      model('honest', { task: 'easy' }),
      model('honest', { task: 'hard', ...status(false) }),
    ];
    const board = boardOf(entrantsOf(lucky), resampling);
    expect(board.sharedTasks).toBe(1);
    expect(board.rows.map(({ rank }) => [rank?.place, rank?.tied])).toEqual([
      [1, true],
      [1, true],
    ]);
  });

  it('has a row without rank for who has no scored trial', () => {
    const board = boardOf(
      entrantsOf([model('lost', { status: 'infra_error' }), model('there', {})]),
      resampling,
    );
    expect(board.rows.map(({ entrant, resolved, rank }) => [entrant.model, resolved, rank?.place])).toEqual([
      ['there', 1, 1],
      ['lost', undefined, undefined],
    ]);
  });
});

describe('the report', () => {
  it('shows places, intervals and columns, in both forms', async () => {
    const { markdown, html, figures } = await benchReport(input(strongAndWeak));
    const [strong, weak] = rowsBelow(markdown, '## Leaderboard');
    expect(strong?.slice(0, 4)).toEqual(['1', 'openai:strong (skills)', '100.0 %', '100.0 to 100.0 %']);
    expect(weak?.slice(0, 3)).toEqual(['2', 'openai:weak (skills)', '50.0 %']);
    expect(markdown).toContain('An interval of no width');
    expect(figures.map(({ name }) => name)).toEqual(['resolved.svg', 'cost.svg']);
    expect(markdown).toContain('](figures/resolved.svg)');
    expect(html).toContain('<img\nsrc="data:image/svg+xml,');
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(figures[0]?.svg).toContain('openai:strong (skills) 100.0 (100.0 to 100.0)');
  });

  it('prints ties as ties', async () => {
    const { markdown } = await benchReport(
      input(
        ['a', 'b'].flatMap((name) =>
          [0, 1, 2, 3].map((at) => model(name, { task: `t${at}`, ...status(at < 2) })),
        ),
      ),
    );
    expect(rowsBelow(markdown, '## Leaderboard').map(([place]) => place)).toEqual(['1=', '1=']);
  });

  it('breaks down by family and by capability', async () => {
    const { markdown } = await benchReport(input(strongAndWeak));
    expect(rowsBelow(markdown, '### By family')).toEqual([
      ['dwi', '3', '100.0 %', '66.7 %'],
      ['fmri', '3', '100.0 %', '33.3 %'],
    ]);
    expect(rowsBelow(markdown, '### By capability')).toEqual([
      ['fitting', '3', '100.0 %', '66.7 %'],
      ['masking', '6', '100.0 %', '50.0 %'],
    ]);
  });

  it('compares each pair on its tasks', async () => {
    const { markdown } = await benchReport(input(strongAndWeak));
    const [pair] = rowsBelow(markdown, '## Comparisons');
    // Three tasks differ by 1: 2 of 8 assignments.
    expect([pair?.[2], pair?.[3], pair?.[5], pair?.[6]]).toEqual(['6', '50.0', '0.250', '0.250']);
  });

  it('says unknown for an unknown cost, and leaves it out of the chart by name', async () => {
    const { markdown } = await benchReport(
      input([...strongAndWeak, model('free?', {}), model('free?', { trial: 2, usage: usage(null) })]),
    );
    const rows = rowsBelow(markdown, '## Cost');
    expect(rows.find(([name]) => name?.startsWith('openai:free?'))?.slice(1, 4)).toEqual([
      'unknown',
      'unknown',
      '1000',
    ]);
    expect(rows.find(([name]) => name?.startsWith('openai:weak'))).toEqual([
      'openai:weak (skills)',
      '0.0200',
      '0.0400',
      '1000',
      '12.5',
      'yes',
    ]);
    expect(markdown).toContain('is unknown: openai:free? (skills) (1 of 2 trials).');
  });

  it('lists failures by class with the check that failed and a link to the trace', async () => {
    const { markdown, html } = await benchReport(
      input(
        [
          makeTrial({ task: 'dwi.dti', ...status(false) }),
          makeTrial({ trial: 2, status: 'timeout', failure_class: 'too-slow' }),
        ],
        {
          traceOf: ({ task, trial }) => `../trials/${task}/${trial}/trace.jsonl`,
        },
      ),
    );
    expect(rowsBelow(markdown, '### Failures by class')).toEqual([
      ['too-slow', '1'],
      ['wrong-science', '1'],
    ]);
    expect(rowsBelow(markdown, '### Trials that were not resolved')[1]).toEqual([
      ...['wrong-science', 'dwi.dti', 'rules (skills)', '1', 'unresolved'],
      ...['fa: 0.004, expected 0.03 (out/FA.nii.gz)', '[trace](./../trials/dwi.dti/1/trace.jsonl)'],
    ]);
    expect(html).toContain('href="./../trials/dwi.dti/1/trace.jsonl"');
  });

  it('names tasks that were not tried and controls that broke', async () => {
    const { markdown } = await benchReport(
      input(
        [
          makeTrial(),
          makeTrial({ control: { kind: 'oracle', name: 'oracle' } }),
          makeTrial({ control: { kind: 'mutant', name: 'flipped-bvec' } }),
        ],
        { missing: [{ task: 'pet.ecat', reason: 'data are missing' }] },
      ),
    );
    expect(rowsBelow(markdown, '## Tasks not tried')).toEqual([['pet.ecat', 'data are missing']]);
    expect(markdown).toContain(
      '1 of 2 controls came out otherwise than they must: dwi.dti-fit.b15 mutant flipped-bvec.',
    );
  });

  it('takes names as text in both forms', async () => {
    const evil = '<script>alert(1)</script> | [x](javascript:y)';
    const { markdown, html } = await benchReport(
      input([makeTrial({ task: evil, failure_class: evil, status: 'unresolved' })], {
        traceOf: () => 'javascript:alert(1)',
      }),
    );
    expect(html).not.toContain('<script>alert');
    expect(html).not.toContain('href="javascript');
    expect(markdown).not.toContain('<script>');
    expect(markdown).not.toContain('[x](');
    expect(rowsBelow(markdown, '### Trials that were not resolved')[0]).toHaveLength(7);
  });

  it('is the same for the same results, to the byte, and says so of none', async () => {
    expect(await benchReport(input(strongAndWeak))).toEqual(await benchReport(input(strongAndWeak)));
    const { markdown } = await benchReport(input([], { source: 'no-model', commit: '' }));
    expect(markdown).toContain('No trial of anybody under test.');
    expect(markdown).toContain('- Commit: unknown');
    expect(markdown).toContain('no model was asked');
  });
});

describe('controls', () => {
  it.each([
    ['oracle', 'resolved', 99, true],
    ['oracle', 'resolved', 98.9, false],
    ['alternative', 'resolved', 95, true],
    ['null', 'unresolved', 1, true],
    ['null', 'unresolved', 1.1, false],
    ['mutant', 'unresolved', 5, true],
    ['mutant', 'resolved', 0, false],
    ['adversary', 'unresolved', 5.1, false],
  ] as const)('%s, %s with a total of %d', (kind, ended, total, holds) => {
    const trial = makeTrial({
      control: { kind, name: 'x' },
      status: ended,
      scores: { E: 1, A: 1, R: 1, total },
    });
    expect(controlHolds(trial)).toBe(holds);
  });

  it('one that the harness lost does not hold', () => {
    expect(controlHolds(makeTrial({ control: { kind: 'null', name: 'null' }, status: 'infra_error' }))).toBe(
      false,
    );
  });
});
