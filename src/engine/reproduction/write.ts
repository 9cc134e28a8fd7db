import { chmod } from 'node:fs/promises';
import { writeAtomic } from '../durable.js';
import { findRun } from '../runs.js';
import { reproductionOf } from './record.js';
import { reproductionScript } from './script.js';

/** Writes `reproduce.sh` into the folder of a finished run. Returns its path. */
export async function writeReproduction(out: string, run: string): Promise<string> {
  const { script } = findRun(out, run).paths;
  await writeAtomic(script, reproductionScript(await reproductionOf(out, run)));
  await chmod(script, 0o755);
  return script;
}
