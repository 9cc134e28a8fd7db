import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { projectFolder } from '../support/data.js';
import { writeDataset } from '../unit/planning/support.js';

let root = '';
let data = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'neuroclaw examples '));
  data = writeDataset(join(root, 'bids'), {
    'sub-01/func/sub-01_task-rest_bold.nii': { volumes: 20, tr: 2 },
    'sub-01/anat/sub-01_T1w.nii': { volumes: 1, tr: null },
  });
});

async function example(name: string, ...args: string[]) {
  const script = join(projectFolder, 'examples', name);
  const env = { XDG_STATE_HOME: join(root, 'state'), HOME: root };
  const { stdout, stderr, exitCode } = await execa(process.execPath, [script, ...args], {
    env,
    reject: false,
  });
  return { stdout, stderr, exitCode };
}

describe('the examples of the library', () => {
  it('ask.mjs answers from the data', { timeout: 30_000 }, async () => {
    const { stdout, stderr, exitCode } = await example(
      'ask.mjs',
      data,
      'which subjects have bold?',
      'what is odd?',
    );
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toContain('dataset: func: all 1 have it');
    expect(stdout).toContain('odd: ');
  });

  it(
    'quality-table.mjs gives questions back, takes answers, and prints numbers',
    { timeout: 60_000 },
    async () => {
      const out = join(root, 'quality');
      const asked = await example('quality-table.mjs', data, out, 'check the quality');
      expect([asked.exitCode, asked.stdout]).toEqual([3, '']);
      expect(JSON.parse(asked.stderr)).toMatchObject([
        { choices: ['functional/clean', 'structural/quality'] },
      ]);
      const done = await example('quality-table.mjs', data, out, 'check the quality', 'the functional one');
      expect([done.stderr, done.exitCode]).toEqual(['', 0]);
      const [head, row] = done.stdout.split('\n').map((line) => line.split('\t'));
      expect(head).toEqual(['sub', 'tsnr_median', 'dvars_mean', 'volumes']);
      expect([row?.[0], row?.[3]]).toEqual(['01', '20']);
    },
  );

  it('what-would-rerun.mjs names the jobs that a parameter touches', { timeout: 60_000 }, async () => {
    const args = [data, join(root, 'rerun'), 'clean the BOLD runs', 'smoothing_fwhm_mm', '8'];
    const { stdout, exitCode } = await example('what-would-rerun.mjs', ...args);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^finished: 12 committed, 0 reused\nclean\/smooth\/sub-01_task-rest_bold: changed: /,
    );
  });
});
