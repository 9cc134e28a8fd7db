import { randomBytes } from 'node:crypto';

/**
 * `20261124T015340217Z-3f9a1c`: sorts by time to the millisecond, so that the last run is the last also where two are quick
 * (one writer at a time starts no two in one millisecond); safe as a file name.
 */
export function newRunId(now: Date): string {
  const stamp = now.toISOString().replace(/[-:.]/g, '');
  return `${stamp}-${randomBytes(3).toString('hex')}`;
}

/** One try at one job. */
export function newAttemptId(): string {
  return randomBytes(8).toString('hex');
}
