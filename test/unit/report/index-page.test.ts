import { expect, it } from 'vitest';
import { indexPage } from '../../../src/report/index-page.js';
import type { ReportedJob } from '../../../src/report/reported-job.js';
import { standingsOf } from '../../../src/report/outliers.js';
import type { QualityTable } from '../../../src/report/quality-numbers.js';
import type { RunReport } from '../../../src/report/run-report.js';
import { pipelineOf, planOf } from '../planning/support.js';

const labels = Array.from({ length: 200 }, (_, index) => String(index + 1).padStart(3, '0'));
const columns = Array.from({ length: 12 }, (_, index) => ({
  name: `measure_${index}`,
  about: 'x'.repeat(120),
}));
const steps = Array.from({ length: 20 }, (_, index) => `step-${index}`);

/** 200 participants with two runs each, 20 steps, 12 numbers. */
function reportOf(end: ReportedJob['end']): RunReport {
  const rows = labels.flatMap((sub, person) =>
    ['1', '2'].map((run) => ({
      entities: { sub, task: 'rest', run },
      // One person's first number lies far from the others.
      values: Object.fromEntries(
        columns.map(({ name }, index) => [
          name,
          person === 7 && index === 0 ? 999 : 10 + ((person * 7 + index) % 5),
        ]),
      ),
      outside: [],
    })),
  );
  const table: QualityTable = { stage: 'work', pipeline: 'test/pipeline', columns, rows };
  const jobs = labels.flatMap((sub) =>
    steps.map((step): ReportedJob => ({
      ...{ id: `work/${step}/sub-${sub}`, stage: 'work', step, skill: 'test/tool', entities: { sub }, end },
      message: 'm'.repeat(2000),
      findings: [{ code: 'nifti.finite', message: 'f'.repeat(500) }],
      said: 's'.repeat(2000),
      ...{ degraded: [], published: [] },
    })),
  );
  const pipeline = pipelineOf({
    inputs: { t1w: { query: { suffix: 'T1w' } } },
    steps: steps.map((id) => ({ id, skill: 'test/tool', for_each: 't1w', inputs: { image: 't1w' } })),
  });
  const empty = { parameters: {}, preset: 'precise', providers: [], skills: {}, jobs: [] };
  return {
    ...{ run: 'r1', version: '1', state: 'failed', started: '', ended: '', error: undefined },
    title: 'x',
    plan: planOf({ pipeline: 'test/pipeline', data: { bids: '/nowhere' } }),
    head: { seq: 1, hash: 'x' },
    stages: [{ schema: 'neuroclaw/stage@1', stage: 'work', dataset: 'd', pipeline, ...empty }],
    jobs,
    notices: [],
    quality: [{ table, standings: standingsOf(table) }],
    ...{ pictures: [], environments: [], bibtex: '', participants: labels },
    methods: { run: 'r1', stages: [], references: [] },
    plain: (text) => text,
  };
}

it('stays below 5 MB for 200 participants, also where every job failed', async () => {
  for (const end of ['committed', 'failed', 'skipped'] as const) {
    const page = await indexPage(reportOf(end), (label) => [`sub-${label}.html`]);
    expect(Buffer.byteLength(page)).toBeLessThan(5_000_000);
    expect([...page.matchAll(/<a href="sub-\d{3}\.html">/g)]).toHaveLength(600);
    expect(page).toContain(`4000 ${end}`);
  }
});

it('marks the one that lies far from the others, and says so first', async () => {
  const page = await indexPage(reportOf('committed'), (label) => [`sub-${label}.html`]);
  expect(
    [...page.matchAll(/<td class="number far"\s+data-value="(\d+)"/g)].map(([, value]) => value),
  ).toEqual(['999', '999']);
  expect(page.indexOf('2 numbers far from the others')).toBeLessThan(page.indexOf('id="quality-title"'));
});
