import { delimiter } from 'node:path';
import { findExecutables } from './find-executables.js';
import { systemPath } from './system-path.js';

/** The path of bubblewrap where a sandbox can really be made: containers and hardened kernels may forbid it. */
export async function findBubblewrap(searchPath: string): Promise<string | undefined> {
  const [bwrap] = findExecutables(['bwrap'], searchPath).found;
  if (bwrap === undefined) return undefined;
  const { execa } = await import('execa');
  const probe = [
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    '--ro-bind',
    '/',
    '/',
    '--proc',
    '/proc',
  ];
  const result = await execa(bwrap.path, [...probe, 'true'], {
    reject: false,
    stdio: 'ignore',
    timeout: 10_000,
    env: { PATH: systemPath.join(delimiter) },
    extendEnv: false,
  });
  return result.exitCode === 0 ? bwrap.path : undefined;
}
