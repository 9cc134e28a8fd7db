import { readdirSync, readFileSync } from 'node:fs';

/** Reads of `/proc` (proc(5)). Where there is none, or a process has gone, they answer with nothing. */

const pageMb = 4096 / 1_048_576;

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** Resident memory in MB. */
export function residentMb(pid: number): number {
  return Number(read(pid, 'statm').split(' ')[1] ?? 0) * pageMb;
}

/** Memory in MB with shared pages divided by the number of processes that share them. Slower than `residentMb`. */
export function proportionalMb(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(read(pid, 'smaps_rollup'))?.[1];
  return kilobytes === undefined ? residentMb(pid) : Number(kilobytes) / 1024;
}

/** A process and all that descend from it, parents before children. */
export function family(pid: number): number[] {
  const members = [pid];
  for (let at = 0; at < members.length; at++) {
    const parent = members[at] ?? 0;
    for (const child of read(parent, `task/${parent}/children`).split(' ')) {
      if (child !== '') members.push(Number(child));
    }
  }
  return members;
}

/** All processes of this machine that we may look at. */
export function allProcesses(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** The variables that a process was started with. UTF-8. */
export function environmentOf(pid: number): ReadonlyMap<string, string> {
  const entries = Buffer.from(read(pid, 'environ'), 'latin1').toString('utf8').split('\0');
  return new Map(
    entries
      .filter((entry) => entry.includes('='))
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

/** Process group, and the short name of the program. `undefined` for a process that is gone or only waits to be reaped. */
export function groupOf(pid: number): { readonly group: number; readonly program: string } | undefined {
  // `pid (program) state parent group ...`: the program may hold spaces and brackets.
  const stat = read(pid, 'stat');
  const end = stat.lastIndexOf(')');
  const [state, , group] = stat.slice(end + 2).split(' ');
  if (end === -1 || state === 'Z' || state === 'X') return undefined;
  return { group: Number(group), program: stat.slice(stat.indexOf('(') + 1, end) };
}
