import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { NeuroClawError } from '../kernel/errors.js';
import { outputLayout } from './layout.js';
import { lockStatus, type LockHolder } from './lock.js';

/** Long enough for jobs that are asked, waited for and then forced to end. */
const PATIENCE_MS = 30_000;

/**
 * Asks the process that works in an output folder to stop its jobs and end, and waits until it has.
 * Throws run.unknown when nobody works there, preflight.lock when the process is on another host or does not end.
 */
export async function cancelRun(out: string): Promise<LockHolder> {
  const path = outputLayout(resolve(out)).lock;
  const status = lockStatus(path);
  if (status === undefined || status.alive === 'no') {
    throw new NeuroClawError('run.unknown', `nothing is running in ${out}`, { place: { file: out } });
  }
  const { holder } = status;
  if (holder.host !== hostname()) {
    throw new NeuroClawError('preflight.lock', `the run is on host ${holder.host}, process ${holder.pid}`, {
      place: { file: path },
      hint: `log in there and run \`neuroclaw cancel --out ${out}\``,
    });
  }
  process.kill(holder.pid, 'SIGINT');
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    await wait(50);
    if (lockStatus(path)?.holder.token !== holder.token) return holder;
  }
  throw new NeuroClawError(
    'preflight.lock',
    `process ${holder.pid} has not ended after ${PATIENCE_MS / 1000} s`,
    {
      place: { file: path },
      hint: `look at it (ps ${holder.pid}); its jobs are ended by the next start if it is killed`,
    },
  );
}
