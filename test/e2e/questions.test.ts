import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeNifti } from '../../src/imaging/nifti-write.js';
import { cliEnvironment, labSettings, runCli } from '../support/cli.js';
import { hasTestData, testData } from '../support/data.js';
import { shortPlan } from '../support/events-dataset.js';
import { temporaryFolder } from '../support/temporary.js';

let root: string;
let out: string;
let data: string;
let env: Record<string, string>;

beforeEach(() => {
  root = temporaryFolder();
  out = join(root, 'out');
  data = join(root, 'bids');
  env = cliEnvironment(join(root, 'state'), labSettings);
});

async function json<T>(...args: string[]): Promise<T> {
  const { stdout, stderr } = await runCli([...args, '--json'], env);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

/** Runs, and answers with the id of the run. */
async function runOf(...args: string[]): Promise<string> {
  const { stdout } = await runCli(['run', ...args, '--no-pictures', '--yes', '--json'], env);
  return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { run: string }).run;
}

function writeBold(runs: readonly string[]): void {
  mkdirSync(join(data, 'sub-1', 'func'), { recursive: true });
  const names = runs.map((run) => `sub-1/func/sub-1_task-objectviewing_run-${run}_bold.nii.gz`);
  for (const name of ['dataset_description.json', 'task-objectviewing_bold.json', ...names])
    cpSync(testData('bids', 'haxby-slice', name), join(data, name));
}

interface Difference {
  readonly plan: { what: string; before: unknown; after: unknown }[];
  readonly data: { what: string; before?: string; after?: string }[];
  readonly environments: unknown[];
  readonly jobs: { job: string; changes: { field: string }[]; follows: string[]; results: string }[];
  readonly sameJobs: number;
  readonly onlyBefore: string[];
  readonly onlyAfter: string[];
  readonly numbers: { of: string; what: string; before: number; after: number }[];
}

describe.skipIf(!hasTestData)('questions about runs', () => {
  it('what changed: a parameter, with what follows from it', { timeout: 180_000 }, async () => {
    writeBold(['01']);
    const clean = ['clean the BOLD runs', '--data', data, '--out', out] as const;
    const first = await runOf(...clean);
    const second = await runOf(...clean, '--set', 'high_pass_s=60');
    const same = await json<Difference>('diff', first, first, '--out', out);
    expect([same.plan, same.jobs, same.numbers, same.sameJobs]).toEqual([[], [], [], 9]);
    const difference = await json<Difference>('diff', first, second, '--out', out);
    expect(difference.plan).toEqual([{ what: 'clean: high_pass_s (s)', before: 100, after: 60 }]);
    expect([difference.data, difference.environments]).toEqual([[], []]);
    const changed = difference.jobs.map(({ job, changes, follows, results }) => [
      job.split('/')[1],
      changes.map(({ field }) => field),
      follows,
      results,
    ]);
    // One job was told something else; the two after it follow, and say so.
    expect(changed).toEqual([
      ['bandpass', ['params.highpass_sigma'], [], 'other'],
      ['restore-mean', [], ['image'], 'other'],
      ['smooth', [], ['image'], 'other'],
    ]);
    expect(difference.sameJobs).toBe(6);
    const text = await runCli(['diff', first, second, '--out', out], env);
    expect(text.stdout).toContain('clean: high_pass_s (s): 100 -> 60');
  });

  it('what changed: data, jobs, and the numbers of the results', { timeout: 180_000 }, async () => {
    writeBold(['01', '02']);
    const first = await runOf('clean the BOLD runs', '--data', data, '--out', out);
    // The second run becomes the third recording, and a fourth comes in.
    const name = (run: string): string => `sub-1/func/sub-1_task-objectviewing_run-${run}_bold.nii.gz`;
    cpSync(testData('bids', 'haxby-slice', name('03')), join(data, name('02')));
    rmSync(join(data, name('01')));
    cpSync(testData('bids', 'haxby-slice', name('04')), join(data, name('04')));
    const other = join(root, 'other');
    await runOf('clean the BOLD runs', '--data', data, '--out', other);
    // Of two output folders, the last run of each.
    const difference = await json<Difference>('diff', out, other);
    expect(difference.data).toMatchObject([{ what: 'sub-1_task-objectviewing_run-02_bold.nii.gz' }]);
    expect(difference.onlyBefore).toHaveLength(9);
    expect(difference.onlyAfter).toHaveLength(9);
    const tsnr = difference.numbers.find(({ of, what }) => of.endsWith('run-02') && what === 'tsnr_median');
    const published = (folder: string): number => {
      const file = 'sub-1_task-objectviewing_run-02_desc-quality_measures.json';
      const path = join(folder, 'derivatives/functional-clean/sub-1/func', file);
      return (JSON.parse(readFileSync(path, 'utf8')) as { tsnr_median: number }).tsnr_median;
    };
    expect([tsnr?.before, tsnr?.after]).toEqual([published(out), published(other)]);
    expect(tsnr?.before).not.toBe(tsnr?.after);
    const unknown = await runCli(['diff', first, '2099', '--out', out], env);
    expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringContaining('no run 2099')]);
  });

  it('what would rerun, by the name of a parameter or of a step', { timeout: 120_000 }, async () => {
    writeBold(['01']);
    await runOf('clean the BOLD runs', '--data', data, '--out', out);
    interface WhatIf {
      reused: string[];
      reruns: string[];
      seconds: number;
      measured: number;
    }
    const steps = (jobs: readonly string[]): string[] => jobs.map((job) => job.split('/')[1] ?? '');
    const by = async (set: string): Promise<WhatIf> => json<WhatIf>('explain', '--out', out, '--set', set);
    const parameter = await by('high_pass_s=60');
    expect(steps(parameter.reruns)).toEqual(['bandpass', 'restore-mean', 'smooth']);
    expect(parameter.reused).toHaveLength(6);
    expect(parameter.measured).toBe(3);
    expect(parameter.seconds).toBeGreaterThan(0);
    // A step's own parameter that the pipeline derives from another is set in the step itself.
    expect(steps((await by('smooth.sigma_mm=4')).reruns)).toEqual(['smooth']);
    expect(steps((await by('clean.high_pass_s=60')).reruns)).toEqual(steps(parameter.reruns));
    expect((await by('high_pass_s=100')).reruns).toEqual([]);
    const wrong = await runCli(['explain', '--out', out, '--set', 'smoth.sigma_mm=4'], env);
    expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringContaining('did you mean smooth.sigma_mm?')]);
    // What it said is what happens.
    const ran = await runCli(
      [
        'run',
        'clean BOLD',
        '--data',
        data,
        '--out',
        out,
        '--yes',
        '--no-pictures',
        '--set',
        'high_pass_s=60',
        '--json',
      ],
      env,
    );
    const { counts } = JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '{}') as { counts: object };
    expect(counts).toMatchObject({ committed: 3, reused: 6 });
  });
});

describe('what became of a participant', () => {
  it('is told from the plan, what compiling found, and the ends of jobs', { timeout: 120_000 }, async () => {
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'dataset_description.json'), '{"Name": "x", "BIDSVersion": "1.10.0"}');
    const affine = [
      [-2, 0, 0, 15],
      [0, 2, 0, -9],
      [0, 0, 3, -10],
      [0, 0, 0, 1],
    ] as const;
    const write = async (label: string, suffix: string, value?: number): Promise<void> => {
      mkdirSync(join(data, `sub-${label}`, 'anat'), { recursive: true });
      const values = Array.from({ length: 960 }, (_, index) => value ?? index % 251);
      await writeNifti(join(data, `sub-${label}`, 'anat', `sub-${label}_${suffix}.nii.gz`), {
        dims: [12, 10, 8],
        affine,
        datatype: 'float32',
        data: values,
      });
    };
    for (const label of ['01', '02', '04']) await write(label, 'T1w', label === '02' ? 7 : undefined);
    for (const label of ['01', '02', '03', '04']) await write(label, 'T2w');
    const plan = join(root, 'plan.json');
    const exclude = [{ participant: '04', reason: 'moved: more than 4 mm' }];
    const stage = { id: 'copy', pipeline: 'lab/copy-image', data: { bids: data }, exclude };
    writeFileSync(plan, JSON.stringify({ ...shortPlan(data, out), stages: [stage] }));
    expect((await runCli(['run', plan, '--yes'], env)).code).toBe(11);
    interface Story {
      state: string;
      reasons: { kind: string; what: string; checks?: string[] }[];
    }
    const story = (label: string): Promise<Story> => json<Story>('explain', '--out', out, label);
    expect(await story('sub-01')).toMatchObject({ state: 'complete', reasons: [] });
    expect(await story('sub-02')).toMatchObject({
      state: 'failed',
      reasons: [{ kind: 'rejected', checks: ['nifti.non-constant'] }],
    });
    expect(await story('sub-03')).toMatchObject({
      state: 'excluded',
      reasons: [{ kind: 'left out', what: expect.stringContaining('no T1w file for sub-03') as string }],
    });
    expect(await story('sub-04')).toMatchObject({
      state: 'excluded',
      reasons: [{ kind: 'excluded', what: 'moved: more than 4 mm' }],
    });
    const unknown = await runCli(['explain', '--out', out, 'sub-0l'], env);
    expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringContaining('did you mean sub-0')]);
  });
});
