import { statfsSync } from 'node:fs';
import type { Exit } from '../environments/runtime.js';
import { errorCodes, type ErrorCode } from '../kernel/error-codes.js';

/** Why a tool did not end well, in a code and a sentence; undefined where it did. */
export function exitFailure(exit: Exit, scratch: string): { code: ErrorCode; message: string } | undefined {
  if (exit.code !== undefined)
    return { code: exit.code, message: exit.message ?? errorCodes[exit.code].reason };
  switch (exit.reason) {
    case 'exited':
      if (exit.exitCode === 0) return undefined;
      if (diskIsFull(scratch)) return { code: 'job.disk', message: 'the disk of the output folder is full' };
      return { code: 'job.tool', message: exit.message ?? `the tool exited with status ${exit.exitCode}` };
    case 'signal':
      return { code: 'job.signal', message: `the tool was ended by ${exit.signal ?? 'a signal'}` };
    case 'oom':
      return { code: 'job.oom', message: exit.message ?? 'the tool used more memory than it was given' };
    case 'timeout':
      return { code: 'job.timeout', message: `the tool did not finish within ${Math.round(exit.wallS)} s` };
    case 'cancelled':
      return { code: 'job.cancelled', message: 'cancelled' };
    case 'lost':
      return { code: 'job.lost', message: exit.message ?? 'the worker disappeared' };
    case 'not-started':
      return { code: 'job.container', message: exit.message ?? 'the tool could not be started' };
  }
}

/** Less than a block group of room left: what a tool that was refused space leaves behind. */
function diskIsFull(folder: string): boolean {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize < 1_048_576;
}
