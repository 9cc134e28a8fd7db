import { randomBytes } from 'node:crypto';

/** `20261124T015340Z-3f9a1c`: sorts by time, unique enough for one output folder, safe as a file name. */
export function newRunId(now: Date): string {
  const stamp = now
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z');
  return `${stamp}-${randomBytes(3).toString('hex')}`;
}

/** One try at one job. */
export function newAttemptId(): string {
  return randomBytes(8).toString('hex');
}
