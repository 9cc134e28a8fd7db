import { setTimeout as sleep } from 'node:timers/promises';
import { allProcesses, environmentOf, groupOf } from '../process-table.js';
import { isAlive, kill } from './process-family.js';

/** How long a process may take to end when it is asked. */
const graceMs = 5000;

interface Leftover {
  readonly pid: number;
  readonly group: number;
  readonly line: string;
}

/**
 * Ends the process groups of host tools that a dead process of ours left behind for a store: they carry the store in
 * `NEUROCLAW_STORE`. Asks, waits, forces. Linux only: elsewhere nothing is found.
 *
 * @returns one line for each process ended
 */
export async function endHostLeftovers(store: string): Promise<string[]> {
  const found = allProcesses()
    .filter((pid) => pid !== process.pid)
    .flatMap((pid) => leftover(pid, store));
  if (found.length === 0) return [];
  signalAll(found, 'SIGTERM');
  for (let waited = 0; waited < graceMs && found.some(({ pid }) => isAlive(pid)); waited += 50) {
    await sleep(50);
  }
  signalAll(
    found.filter(({ pid }) => isAlive(pid)),
    'SIGKILL',
  );
  return found.map(({ line }) => line);
}

function leftover(pid: number, store: string): Leftover[] {
  const variables = environmentOf(pid);
  const process_ = groupOf(pid);
  if (variables.get('NEUROCLAW_STORE') !== store || process_ === undefined) return [];
  const attempt = variables.get('NEUROCLAW_ATTEMPT') ?? 'unknown';
  return [{ pid, group: process_.group, line: `process ${pid} (${process_.program}) of attempt ${attempt}` }];
}

/** Tools lead groups of their own; a group that we are in ourselves is never signalled as a whole. */
function signalAll(found: readonly Leftover[], signal: NodeJS.Signals): void {
  const ours = groupOf(process.pid)?.group;
  for (const group of new Set(found.map((one) => one.group))) {
    if (group !== ours && group > 1) kill(-group, signal);
  }
  for (const { pid, group } of found) if (group === ours) kill(pid, signal);
}
