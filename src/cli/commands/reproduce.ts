import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { NeuroClaw } from '../../app/neuroclaw.js';
import { differencesBefore } from '../../engine/reproduction/check.js';
import { compareWith, type ReproductionResult } from '../../engine/reproduction/compare.js';
import { parseReproduction, planFor, type Reproduction } from '../../engine/reproduction/record.js';
import { listRuns } from '../../engine/runs.js';
import type { RuntimeName } from '../../environments/environment.js';
import { writeLock } from '../../environments/lock/lock-file.js';
import type { ErrorCode } from '../../kernel/error-codes.js';
import { NeuroClawError, fromFileSystem } from '../../kernel/errors.js';
import type { CommandContext } from '../context.js';
import { execute } from '../execute.js';

/** Runs what a record of a finished run holds on data that lie elsewhere, and compares the keys. */
export async function run(
  context: CommandContext,
  [name = '']: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { cwd, io } = context;
  const file = resolve(cwd, name);
  const record = parseReproduction(await readText(file), file);
  if (typeof options['out'] !== 'string')
    throw new NeuroClawError('usage.arguments', 'no output folder', { expected: '--out FOLDER' });
  const out = resolve(cwd, options['out']);
  const plan = planFor(record, pathsOf(options, cwd), out);
  await mkdir(out, { recursive: true });
  const lock = join(out, 'neuroclaw.lock.json');
  await writeLock(lock, record.lock);
  const app = appFor(record, lock, context);
  try {
    const differences = await differencesBefore(record, plan, await app.world());
    const [first] = differences;
    if (first !== undefined)
      throw new NeuroClawError(
        first.code as ErrorCode,
        differences.length === 1 ? first.message : `${first.message} (and ${differences.length - 1} more)`,
        {
          ...(first.place === undefined ? {} : { place: first.place }),
          ...(first.expected === undefined ? {} : { expected: first.expected }),
          ...(first.suggestion === undefined ? {} : { hint: first.suggestion }),
          findings: differences,
        },
      );
    const exit = await execute({ ...context, app }, plan, options);
    if (exit !== 0) return exit;
    const result = await compareWith(record, out, listRuns(out).at(-1) ?? '');
    if (io.json) io.data({ type: 'reproduction', of: record.run, ...result });
    return tell(record, result, context);
  } finally {
    await app.close();
  }
}

function pathsOf(options: Record<string, unknown>, cwd: string): Map<string, string> {
  const paths = new Map<string, string>();
  if (typeof options['data'] === 'string') paths.set('data', resolve(cwd, options['data']));
  for (const text of Array.isArray(options['place']) ? options['place'].map(String) : []) {
    const [, place, path] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (place === undefined || path === undefined)
      throw new NeuroClawError('usage.arguments', `cannot read --place ${text}`, { expected: 'name=PATH' });
    paths.set(place, resolve(cwd, path));
  }
  return paths;
}

/** Environments are opened from the lock of the run, each by the runtime that it had. */
function appFor(record: Reproduction, lock: string, { app, version }: CommandContext): NeuroClaw {
  const { values, sources } = app.settings;
  const runtimes = new Map(record.environments.map(({ name, runtime }) => [name, runtime as RuntimeName]));
  return new NeuroClaw({ values: { ...values, lock }, sources }, version, runtimes);
}

function tell(record: Reproduction, result: ReproductionResult, { io }: CommandContext): number {
  const { same, identical, other, missing, more } = result;
  io.line(
    `${same} of ${record.jobs.length} jobs have the keys of ${record.run}; the results of ${identical} are the same to the bit`,
  );
  if (other.length + missing.length + more.length === 0) return 0;
  for (const { job, key, before } of other.slice(0, 20))
    io.line(`  ${job}  ${key.slice(0, 12)}, was ${before.slice(0, 12)}`);
  for (const job of missing.slice(0, 20)) io.line(`  ${job}  did not run`);
  for (const job of more.slice(0, 20)) io.line(`  ${job}  was no job of that run`);
  throw new NeuroClawError(
    'reproduction.keys',
    `${other.length + missing.length} of ${record.jobs.length} jobs do not have the keys of ${record.run}`,
  );
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw fromFileSystem(error, file);
  }
}
