import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { cliEnvironment, labSettings, runCli, startCli, type CliResult } from '../support/cli.js';
import { shortPlan, writeEventsDataset } from '../support/events-dataset.js';
import { temporaryFolder } from '../support/temporary.js';

interface Result {
  readonly outcome: string;
  readonly exitCode: number;
  readonly counts: Record<string, number>;
  readonly firstFailure: { code: string; hint: string } | null;
}

let root: string;
let bids: string;
let out: string;
let planFile: string;
let env: Record<string, string>;

beforeEach(() => {
  root = temporaryFolder();
  bids = join(root, 'bids');
  out = join(root, 'out');
  planFile = join(root, 'plan.json');
  env = cliEnvironment(join(root, 'state'), labSettings);
  writeEventsDataset(bids, 2);
  writePlan();
});

function writePlan(params: Record<string, unknown> = {}): void {
  writeFileSync(planFile, JSON.stringify(shortPlan(bids, out, params)));
}

/** Runs with --json; the last line is the result. */
async function run(...args: string[]): Promise<{ result: Result; cli: CliResult }> {
  const cli = await runCli([...args, '--json'], env);
  return { cli, result: JSON.parse(cli.stdout.trim().split('\n').at(-1) ?? '{}') as Result };
}

async function explain(...args: string[]): Promise<{ job: string; verdict: string; why: string }[]> {
  const { stdout } = await runCli(['explain', '--out', out, '--json', ...args], env);
  const { stages } = JSON.parse(stdout) as {
    stages: { jobs: { job: string; verdict: string; why: string }[] }[];
  };
  return stages.flatMap((stage) => stage.jobs);
}

const publishedCopy = (): string =>
  join(out, 'derivatives', 'lab-short', 'sub-1', 'func', 'sub-1_task-x_desc-copy_events.tsv');

describe('running again', () => {
  it('starts no job when nothing changed, when data were touched, and when they were moved', async () => {
    expect((await run('run', planFile, '--yes')).result.counts).toMatchObject({ committed: 6, reused: 0 });
    expect((await run('run', planFile, '--yes')).result.counts).toMatchObject({ committed: 0, reused: 6 });
    const events = join(bids, 'sub-1', 'func', 'sub-1_task-x_events.tsv');
    utimesSync(events, new Date(), new Date());
    expect((await run('run', planFile, '--yes')).result.counts).toMatchObject({ committed: 0, reused: 6 });
    const moved = join(root, 'moved');
    renameSync(bids, moved);
    bids = moved;
    writePlan();
    expect((await run('run', planFile, '--yes')).result.counts).toMatchObject({ committed: 0, reused: 6 });
  });

  it('reruns exactly the job whose parameter changed and what follows, and explain names the parameter', async () => {
    await run('run', planFile, '--yes');
    const explained = await explain('--set', 'reverse=true');
    const verdict = (step: string): string[] =>
      explained.filter(({ job }) => job.includes(`/${step}/`)).map((job) => job.verdict);
    expect(verdict('copy')).toEqual(['committed', 'committed']);
    expect(verdict('sort')).toEqual(['changed', 'changed']);
    expect(verdict('sum')).toEqual(['follows', 'follows']);
    expect(explained.find(({ job }) => job.includes('/sort/'))?.why).toMatch(/params\.reverse: .* -> true/);
    writePlan({ reverse: true });
    expect((await run('run', planFile, '--yes')).result.counts).toMatchObject({ committed: 4, reused: 2 });
  });

  it('reruns what a changed input decides, and nothing else', async () => {
    await run('run', planFile, '--yes');
    const events = join(bids, 'sub-1', 'func', 'sub-1_task-x_events.tsv');
    writeFileSync(events, `${readFileSync(events, 'utf8')}99\t1\n`);
    const changed = (await explain()).filter((job) => job.verdict === 'changed');
    expect(changed.map((job) => job.job)).toEqual([expect.stringContaining('/copy/sub-1')]);
    expect(changed[0]?.why).toContain('inputs.file');
    expect((await run('run', planFile, '--yes')).result.counts).toMatchObject({ committed: 3, reused: 3 });
  });
});

describe('resume', () => {
  it('notices one edited byte in the store, sets the damaged entry aside and runs its job again', async () => {
    await run('run', planFile, '--yes');
    const store = join(out, '.neuroclaw', 'store');
    const file =
      readdirSync(store)
        .map((key) => join(store, key, 'out', 'sum.txt'))
        .find((path) => existsSync(path)) ?? '';
    const text = readFileSync(file, 'utf8');
    const { atime, mtime } = statSync(file);
    writeFileSync(file, text.replace(/^./, text.startsWith('0') ? '1' : '0'));
    utimesSync(file, atime, mtime);
    expect((await explain()).filter((job) => job.verdict === 'damaged')).toHaveLength(1);
    const { result } = await run('resume', '--out', out);
    expect(result.counts).toMatchObject({ committed: 1, reused: 5 });
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(readdirSync(join(out, '.neuroclaw', 'damaged'))).toHaveLength(1);
  });

  it('notices one edited byte in the published tree, keeps the edit aside and repairs the file', async () => {
    await run('run', planFile, '--yes');
    const text = readFileSync(publishedCopy(), 'utf8');
    const edited = text.replace('2.5', '2.6');
    const { atime, mtime } = statSync(publishedCopy());
    writeFileSync(publishedCopy(), edited);
    utimesSync(publishedCopy(), atime, mtime);
    const { cli, result } = await run('resume', '--out', out);
    expect(result.counts).toMatchObject({ committed: 0, reused: 6 });
    expect(cli.stdout).toContain('publish.repaired');
    expect(readFileSync(publishedCopy(), 'utf8')).toBe(text);
    const [aside = ''] = readdirSync(join(out, '.neuroclaw', 'damaged'));
    expect(readFileSync(join(out, '.neuroclaw', 'damaged', aside), 'utf8')).toBe(edited);
  });

  it('asks again for a stage that nobody approved', async () => {
    expect((await runCli(['run', planFile], env)).code).toBe(4);
    const refused = await runCli(['resume', '--out', out], env);
    expect([refused.code, existsSync(join(out, 'derivatives'))]).toEqual([4, false]);
    expect((await runCli(['resume', '--out', out, '--yes'], env)).code).toBe(0);
  });

  it('publishes again what was removed', async () => {
    await run('run', planFile, '--yes');
    rmSync(publishedCopy());
    await run('resume', '--out', out);
    expect(existsSync(publishedCopy())).toBe(true);
  });
});

describe('one writer', () => {
  it('refuses a second process and says who works there', async () => {
    writeEventsDataset(bids, 30);
    const first = startCli(['run', planFile, '--yes'], env);
    while (!existsSync(join(out, '.neuroclaw', 'lock')))
      await new Promise((resolve) => setTimeout(resolve, 10));
    const second = await runCli(['run', planFile, '--yes'], env);
    expect(second.code).toBe(5);
    expect(second.stderr).toContain(`in use by process ${first.pid}`);
    const cancelled = await runCli(['cancel', '--out', out], env);
    expect(cancelled.code).toBe(0);
    if (first.exitCode === null) await new Promise((resolve) => first.once('exit', resolve));
    expect(first.exitCode).toBe(130);
    const { stdout } = await runCli(['status', '--out', out, '--json'], env);
    expect((JSON.parse(stdout) as { state: string }).state).toBe('cancelled');
    expect((await run('resume', '--out', out)).result).toMatchObject({ outcome: 'finished' });
  });
});

describe('bad input', () => {
  const asRoot = process.getuid?.() === 0;

  it('names a missing column of an events file and publishes nothing of it', async () => {
    writeFileSync(join(bids, 'sub-1', 'func', 'sub-1_task-x_events.tsv'), 'onset\tlength\n1\t2\n');
    const { result, cli } = await run('run', planFile, '--yes');
    expect(cli.code).toBe(11);
    expect(result.firstFailure?.code).toBe('job.verification');
    expect(result.counts).toMatchObject({ rejected: 1, skipped: 2, committed: 3 });
    expect(cli.stderr).toContain('duration');
    expect(existsSync(publishedCopy())).toBe(false);
  });

  it.skipIf(asRoot)('tells an unreadable input by name', async () => {
    chmodSync(join(bids, 'sub-1', 'func', 'sub-1_task-x_events.tsv'), 0);
    const { result, cli } = await run('run', planFile, '--yes');
    expect(cli.code).toBe(3);
    expect(result.firstFailure?.code).toBe('input.unreadable');
  });

  it('names the field of a malformed plan', async () => {
    writeFileSync(
      planFile,
      JSON.stringify({ ...shortPlan(bids, out), stages: [{ id: 'short', pipeline: 'lab/short' }] }),
    );
    const cli = await runCli(['run', planFile, '--yes'], env);
    expect(cli.code).toBe(3);
    expect(cli.stderr).toContain('stages[0].data');
    expect(cli.stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(out)).toBe(false);
  });

  it('refuses an output folder inside the raw data', async () => {
    writeFileSync(planFile, JSON.stringify(shortPlan(bids, join(bids, 'sub-1', 'results'))));
    const cli = await runCli(['run', planFile, '--yes'], env);
    expect(cli.code).toBe(3);
    expect(cli.stderr).toContain('raw data are never written');
    expect(existsSync(join(bids, 'sub-1', 'results'))).toBe(false);
  });

  it('does not run without a yes', async () => {
    const cli = await runCli(['run', planFile], env);
    expect(cli.code).toBe(4);
    expect(cli.stderr).toContain('--yes');
  });

  it('runs nothing that the policy denies, whoever says yes', async () => {
    const policy = join(root, 'policy.yaml');
    writeFileSync(policy, 'schema: neuroclaw/policy@1\nskills: { deny: [lab/sort] }\n');
    const cli = await runCli(['run', planFile, '--yes'], { ...env, NEUROCLAW_POLICY: policy });
    expect(cli.code).toBe(4);
    expect(cli.stderr).toContain('lab/sort');
    expect(existsSync(join(out, 'derivatives'))).toBe(false);
  });

  it('does not overwrite a file that it did not publish', async () => {
    mkdirSync(join(publishedCopy(), '..'), { recursive: true });
    writeFileSync(publishedCopy(), 'mine');
    const { result } = await run('run', planFile, '--yes');
    expect(result.firstFailure?.code).toBe('plan.conflict');
    expect(readFileSync(publishedCopy(), 'utf8')).toBe('mine');
  });
});
