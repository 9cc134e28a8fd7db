import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from './data.js';

/** Made once on a machine. */
const folder = join(
  process.env['NEUROCLAW_TEST_CACHE'] ?? join(tmpdir(), 'neuroclaw-test-python'),
  'roc-validator-0.13.0',
);
const packages = ['roc-validator==0.13.0', 'rocrate==0.16.0'];

/**
 * Python with the validator of RO-Crates (`roc-validator`); undefined where it cannot be installed: such tests skip and
 * say so, except in CI.
 */
export function crateValidator(): ((crate: string) => { passed: boolean; said: string }) | undefined {
  const python = join(folder, 'bin', 'python');
  const run = (program: string, args: readonly string[]) =>
    spawnSync(program, args, { encoding: 'utf8', timeout: 300_000 });
  if (!existsSync(join(folder, 'ready'))) {
    mkdirSync(folder, { recursive: true });
    const made = [
      run('python3', ['-m', 'venv', folder]),
      run(python, ['-m', 'pip', 'install', '--quiet', ...packages]),
    ].find(({ status }) => status !== 0);
    if (made !== undefined) {
      if (process.env['CI'] === 'true') throw new Error(made.stderr);
      console.warn(`crates are not validated: ${made.stderr}`);
      return undefined;
    }
    mkdirSync(join(folder, 'ready'));
  }
  const script = join(projectFolder, 'test', 'fixtures', 'crate', 'validate.py');
  return (crate) => {
    // The validator cannot read a folder whose path has a space.
    const copy = mkdtempSync(join(tmpdir(), 'neuroclaw-crate-'));
    try {
      cpSync(crate, copy, { recursive: true });
      const { stdout, stderr } = run(python, [script, copy]);
      return { passed: stdout.trimEnd().endsWith('passed True'), said: stdout + stderr };
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  };
}
