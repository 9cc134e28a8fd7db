import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectFolder, testDataFolder } from './data.js';

/**
 * True where tests run as root and a process of this user can still start the built program and read the test data:
 * a checkout below a private folder shuts everybody else out.
 */
export function canRunAs(user: { uid: number; gid: number }): boolean {
  if (process.getuid?.() !== 0) return false;
  const main = join(projectFolder, 'dist', 'cli', 'main.js');
  return [main, testDataFolder].every((path) => spawnSync('test', ['-r', path], user).status === 0);
}
