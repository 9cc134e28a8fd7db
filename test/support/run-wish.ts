import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { cliEnvironment, runCli } from './cli.js';
import { recordCommitted } from './evidence/record.js';
import { pythonCache, pythonLock } from './python-environment.js';

/** Environment and options of a run of the product in the Python of the tests. */
export const pythonOptions = ['--runtime', 'venv', '--lock', pythonLock];

export function pythonVariables(folder: string): ReturnType<typeof cliEnvironment> {
  return cliEnvironment(join(folder, 'state'), { NEUROCLAW_CACHE: pythonCache });
}

/**
 * Plans and runs a wish as a person does, in the Python of the tests: no job fails and the trace holds. Returns the
 * output folder.
 */
export async function runWish(
  wish: string,
  data: string,
  folder: string,
  name: string,
  more: readonly string[] = [],
): Promise<string> {
  const out = join(folder, name);
  const env = pythonVariables(folder);
  const { code, stdout, stderr } = await runCli(
    ['run', wish, '--data', data, '--out', out, '--yes', '--json', ...pythonOptions, ...more],
    env,
  );
  expect([code, code === 0 ? '' : stderr + stdout]).toEqual([0, '']);
  const runs = join(out, '.neuroclaw', 'runs');
  const [last = ''] = (await readdir(runs)).sort().reverse();
  recordCommitted(join(runs, last, 'trace.jsonl'));
  const again = await runCli(['trace', 'verify', '--out', out], env);
  expect([again.code, again.code === 0 ? '' : again.stderr]).toEqual([0, '']);
  const status = await runCli(['status', '--out', out, '--json'], env);
  const { counts } = JSON.parse(status.stdout) as { counts?: Readonly<Record<string, number>> };
  expect([counts?.['failed'] ?? 0, counts?.['rejected'] ?? 0]).toEqual([0, 0]);
  return out;
}
