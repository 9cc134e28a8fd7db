import { readFileSync } from 'node:fs';

const pageBytes = 4096;

/** Resident memory of a process in MB, from the second field of `/proc/<pid>/statm` (proc(5)). `undefined` where unknown. */
export function residentMb(pid: number): number | undefined {
  try {
    const [, pages = ''] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ');
    return (Number(pages) * pageBytes) / 1_048_576;
  } catch {
    return undefined;
  }
}
