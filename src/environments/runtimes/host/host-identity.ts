import { statSync, readFileSync, type BigIntStats } from 'node:fs';
import { NeuroClawError } from '../../../kernel/errors.js';
import { sha256, sha256OfJson } from '../../../kernel/json.js';
import type { LoadedEnvironment } from '../../registry.js';
import type { EnvironmentIdentity } from '../../runtime.js';
import type { FoundExecutable } from './find-executables.js';

const smokeTimeoutMs = 60_000;
const digests = new Map<string, string>();

/**
 * What an environment of programs on PATH is: the bytes of the executables, the version texts that they print, the
 * platform, the variables, and whether tools see absolute or relative paths (some write their command line into their
 * outputs). Libraries are known only by the version texts.
 *
 * Throws `preflight.environment` where a program does not print what it must.
 */
export async function hostIdentity(
  environment: LoadedEnvironment,
  executables: readonly FoundExecutable[],
  facts: { readonly path: string; readonly isolation: 'bubblewrap' | 'none' },
): Promise<EnvironmentIdentity> {
  const programs = Object.fromEntries(executables.map(({ name, file }) => [name, fileDigest(file)]));
  const versions = Object.fromEntries(
    await Promise.all(
      environment.smoke.map(async (test) => [
        test.argv.join(' '),
        await hostSmoke(environment, test, facts.path),
      ]),
    ),
  ) as Record<string, string>;
  const platform = `${process.platform}/${process.arch}`;
  const paths = facts.isolation === 'none' ? 'relative' : 'absolute';
  return {
    name: environment.name,
    runtime: 'host',
    digest: sha256OfJson({ programs, versions, platform, paths, env: environment.env }),
    details: { platform, isolation: facts.isolation, ...versions },
  };
}

/** Runs one smoke test and gives the line that names the version. Programs may exit with any status after it. */
export async function hostSmoke(
  environment: LoadedEnvironment,
  test: LoadedEnvironment['smoke'][number],
  path: string,
): Promise<string> {
  const { execa } = await import('execa');
  const [program = '', ...args] = test.argv;
  const result = await execa(program, args, {
    env: { PATH: path, LC_ALL: 'C.UTF-8', ...environment.env },
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
    timeout: smokeTimeoutMs,
    maxBuffer: 1_000_000,
  });
  const line = result.all?.split('\n').find((candidate) => candidate.includes(test.prints));
  if (line !== undefined) return line.trim();
  const said = result.all?.trim().split('\n')[0] ?? '';
  throw new NeuroClawError(
    'preflight.environment',
    `\`${test.argv.join(' ')}\` does not print "${test.prints}"${said === '' ? '' : ` but "${said}"`}`,
    {
      expected: test.prints,
      hint: `install the version that environment ${environment.name} is made for, or use another runtime`,
    },
  );
}

function fileDigest(file: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs }: BigIntStats = statSync(file, { bigint: true });
  const memo = [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  let digest = digests.get(memo);
  if (digest === undefined) {
    digest = sha256(readFileSync(file));
    digests.set(memo, digest);
  }
  return digest;
}
