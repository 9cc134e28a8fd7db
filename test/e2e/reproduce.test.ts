import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { cliEnvironment, labSettings, runCli } from '../support/cli.js';
import { hasTestData, projectFolder, testData } from '../support/data.js';
import { shortPlan, writeEventsDataset } from '../support/events-dataset.js';
import { temporaryFolder } from '../support/temporary.js';

let root: string;
let out: string;
let env: Record<string, string>;

beforeEach(() => {
  root = temporaryFolder();
  out = join(root, 'out');
  const program = join(root, 'neuroclaw');
  const main = join(projectFolder, 'dist', 'cli', 'main.js');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`, { mode: 0o755 });
  env = cliEnvironment(join(root, 'state'), { ...labSettings, NEUROCLAW: program });
});

function scriptOf(folder: string): string {
  const runs = join(folder, '.neuroclaw', 'runs');
  return join(runs, readdirSync(runs).at(-1) ?? '', 'reproduce.sh');
}

/** Runs a script in an empty folder, as somebody would who was sent it. */
function repeat(script: string, data: string, ...more: string[]): { status: number | null; text: string } {
  const folder = join(root, 'elsewhere');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  cpSync(script, join(folder, 'reproduce.sh'));
  const { status, stdout, stderr } = spawnSync('sh', ['reproduce.sh', data, ...more], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { status, text: stdout + stderr };
}

/** Key of every job of the last run, by its id. */
function keysOf(folder: string): Record<string, string> {
  const trace = readFileSync(join(scriptOf(folder), '..', 'trace.jsonl'), 'utf8');
  const keys: Record<string, string> = {};
  for (const line of trace.trim().split('\n')) {
    const { type, body } = JSON.parse(line) as { type: string; body: { job: string; key: string } };
    if (type === 'job.committed') keys[body.job] = body.key;
  }
  return keys;
}

describe('the script of a finished run', () => {
  it('gives the same keys with tools of the host, and refuses other data', { timeout: 180_000 }, async () => {
    const data = join(root, 'study of Jane Doe');
    writeEventsDataset(data, 2);
    const plan = join(root, 'plan.json');
    writeFileSync(plan, JSON.stringify(shortPlan(data, out)));
    expect((await runCli(['run', plan, '--yes'], env)).code).toBe(0);
    const script = scriptOf(out);
    expect(readFileSync(script, 'utf8')).not.toContain(root);
    expect(readFileSync(script, 'utf8')).not.toContain('Jane');
    const checked = spawnSync('shellcheck', [script], { encoding: 'utf8' });
    // A machine without shellcheck shows nothing; one with it must find nothing.
    expect(checked.error === undefined ? checked.stdout : '').toBe('');

    const moved = join(root, 'moved');
    cpSync(data, moved, { recursive: true });
    // Tools of the host are only used where they are allowed.
    const { NEUROCLAW_ALLOW_HOST: _allowed, ...strict } = env;
    env = strict;
    const forbidden = repeat(script, moved);
    expect([forbidden.status, forbidden.text]).toEqual([5, expect.stringContaining('--allow-host')]);
    const again = repeat(script, moved, 'results', '--allow-host');
    expect([again.status, again.text]).toEqual([0, expect.stringContaining('6 of 6 jobs have the keys')]);
    expect(keysOf(join(root, 'elsewhere', 'results'))).toEqual(keysOf(out));
    expect(Object.keys(keysOf(out))).toHaveLength(6);

    appendFileSync(join(moved, 'sub-2', 'func', 'sub-2_task-x_events.tsv'), '99\t1\n');
    const edited = repeat(script, moved, 'results', '--allow-host');
    expect([edited.status, edited.text]).toEqual([
      3,
      expect.stringContaining('sub-2_task-x_events.tsv has other content: SHA-256'),
    ]);
    rmSync(join(moved, 'sub-2'), { recursive: true });
    const less = repeat(script, moved, '--allow-host');
    expect([less.status, less.text]).toEqual([
      3,
      expect.stringMatching(/short\/.*sub-2.* was a job of the run/),
    ]);
    cpSync(join(data, 'sub-2'), join(moved, 'sub-2'), { recursive: true });
    cpSync(join(data, 'sub-2'), join(moved, 'sub-3'), { recursive: true });
    const renamed = join(moved, 'sub-3', 'func');
    cpSync(join(renamed, 'sub-2_task-x_events.tsv'), join(renamed, 'sub-3_task-x_events.tsv'));
    rmSync(join(renamed, 'sub-2_task-x_events.tsv'));
    const more = repeat(script, moved, '--allow-host');
    expect([more.status, more.text]).toEqual([3, expect.stringMatching(/sub-3.* was no job of the run/)]);
  });

  it('refuses another version, and names both', { timeout: 120_000 }, async () => {
    const data = join(root, 'data');
    writeEventsDataset(data, 1);
    const plan = join(root, 'plan.json');
    writeFileSync(plan, JSON.stringify(shortPlan(data, out)));
    expect((await runCli(['run', plan, '--yes'], env)).code).toBe(0);
    const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as {
      version: string;
    };
    const other = join(root, 'other.sh');
    writeFileSync(other, readFileSync(scriptOf(out), 'utf8').replace(/^wanted=.*$/m, "wanted='9.8.7'"));
    const refused = repeat(other, data, '--allow-host');
    expect(refused.status).toBe(5);
    expect(refused.text).toContain(`made by NeuroClaw 9.8.7, and ${join(root, 'neuroclaw')} is ${version}`);
    // Also where somebody starts from the record without the script.
    const record = /^\{.*\}$/m.exec(readFileSync(scriptOf(out), 'utf8'))?.[0] ?? '';
    const file = join(root, 'record.json');
    writeFileSync(file, record.replace(`"version":"${version}"`, '"version":"9.8.7"'));
    const args = ['reproduce', file, '--data', data, '--out', join(root, 'x'), '--yes'];
    const direct = await runCli(args, env);
    expect([direct.code, direct.stderr]).toEqual([5, expect.stringContaining('NeuroClaw 9.8.7')]);
    writeFileSync(file, '{"schema": "neuroclaw/plan@1"}');
    const broken = await runCli(args, env);
    expect([broken.code, broken.stderr]).toEqual([3, expect.stringContaining('is no record of a run')]);
    expect(repeat(scriptOf(out), '').text).toContain('usage: sh reproduce.sh DATA [OUT]');
  });

  it.skipIf(!hasTestData)(
    'gives the same keys with embedded tools on real data',
    { timeout: 180_000 },
    async () => {
      const data = join(root, 'bids');
      const source = testData('bids', 'haxby-slice');
      mkdirSync(join(data, 'sub-1', 'func'), { recursive: true });
      const run = 'sub-1/func/sub-1_task-objectviewing_run-01_bold.nii.gz';
      for (const name of ['dataset_description.json', 'task-objectviewing_bold.json', run])
        cpSync(join(source, name), join(data, name));
      const ran = await runCli(['run', 'clean the BOLD runs', '--data', data, '--out', out, '--yes'], env);
      expect(ran.code).toBe(0);
      const { status, text } = repeat(scriptOf(out), data);
      expect([status, text]).toEqual([0, expect.stringContaining('12 of 12 jobs have the keys')]);
      expect(text).toContain('the results of 12 are the same to the bit');
      expect(keysOf(join(root, 'elsewhere', 'reproduced'))).toEqual(keysOf(out));
      // A sidecar that changes what a tool is told is seen, though no tool reads the file.
      const sidecar = join(data, 'task-objectviewing_bold.json');
      writeFileSync(sidecar, readFileSync(sidecar, 'utf8').replace(/("RepetitionTime":\s*)2\.5/, '$12.5004'));
      const slower = repeat(scriptOf(out), data);
      expect([slower.status, slower.text]).toEqual([
        3,
        expect.stringContaining('sidecar value RepetitionTime is 2.5004, was 2.5'),
      ]);
      const printed = await runCli(['export', 'script', '--out', out], env);
      expect(printed.stdout).toBe(readFileSync(scriptOf(out), 'utf8'));
    },
  );
});
