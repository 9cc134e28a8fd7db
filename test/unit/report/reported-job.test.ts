import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JobHistory } from '../../../src/engine/history.js';
import type { StageRecord } from '../../../src/engine/stage-record.js';
import { reportedJob } from '../../../src/report/reported-job.js';
import { temporaryFolder } from '../../support/temporary.js';

const job = { id: 'work/fit/sub-01', step: 'fit', skill: 'a/b', entities: { sub: '01' }, params: {} };
const stage = { stage: 'work' } as StageRecord;
const told = (more: Partial<JobHistory>): JobHistory => ({ job: job.id, retries: 0, ...more });

it('has the command of the run that made it where a result was reused', () => {
  const folder = join(temporaryFolder(), 'key');
  mkdirSync(folder);
  writeFileSync(join(folder, 'preimage.json'), '{"argv": ["fit", "-nthreads", "{threads}"]}');
  writeFileSync(
    join(folder, 'resources.json'),
    '{"wall_s": 7, "degraded": ["gpu-unused"], "environment": {"name": "e"}}',
  );
  const entry = { key: 'k', folder, outputs: [] };
  const other = reportedJob(job, stage, told({ end: 'reused' }), entry);
  expect(other).toMatchObject({
    argv: ['fit', '-nthreads', '{threads}'],
    seconds: 7,
    degraded: ['gpu-unused'],
  });
  const argv = ['fit', '-nthreads', '2'];
  expect(reportedJob(job, stage, told({ end: 'reused', argv }), entry).argv).toEqual(argv);
  // What was removed from the store is no reason to show nothing.
  expect(reportedJob(job, stage, told({ end: 'reused' }), undefined).end).toBe('reused');
});

it('tells what never began from what never ended', () => {
  const endOf = (history: JobHistory | undefined) => reportedJob(job, stage, history, undefined).end;
  expect([endOf(undefined), endOf(told({})), endOf(told({ started: '2026-01-01T00:00:00.000Z' }))]).toEqual([
    'not run',
    'not run',
    'interrupted',
  ]);
});

it('forgets why it failed before it was resumed', () => {
  const history = told({
    end: 'committed',
    code: 'job.tool',
    message: 'broke',
    stderrTail: 'x',
    findings: [{}],
  });
  const { code, message, said, findings } = reportedJob(job, stage, history, undefined);
  expect([code, message, said, findings]).toEqual([undefined, undefined, undefined, []]);
});
