import { delimiter } from 'node:path';
import { processEnvironment } from '../../../config/environment.js';
import { NeuroClawError } from '../../../kernel/errors.js';
import { findExecutables } from '../host/find-executables.js';

/** A Python interpreter as it described itself. */
export interface Interpreter {
  /** Absolute path of its program. */
  readonly path: string;
  /** Implementation and full version, `CPython 3.11.2`. */
  readonly version: string;
  /** `linux/x86_64`: system and machine as Python names them. */
  readonly platform: string;
}

const question =
  'import sys, platform as p; print(sys.executable, p.python_implementation() + " " + p.python_version(), ' +
  'sys.platform + "/" + p.machine(), sep="\\n")';

/**
 * Asks a Python what it is. Undefined where it does not answer: stand-ins of version managers fail for versions that
 * they have not got.
 */
export async function askInterpreter(path: string): Promise<Interpreter | undefined> {
  const { execa } = await import('execa');
  const result = await execa(path, ['-I', '-c', question], {
    stdin: 'ignore',
    reject: false,
    timeout: 20_000,
  });
  const [executable = '', version = '', platform = ''] =
    result.exitCode === 0 ? result.stdout.split('\n') : [];
  return platform === '' ? undefined : { path: executable, version, platform };
}

/**
 * Finds a CPython of a version: `python3.N` on the search path, or one that uv has installed.
 * Throws `preflight.python` with the commands that install it.
 */
export async function findInterpreter(
  wanted: string,
  environment: string,
  searchPath: string = processEnvironment()['PATH'] ?? '',
): Promise<Interpreter> {
  const each = searchPath
    .split(delimiter)
    .flatMap((folder) => findExecutables([`python${wanted}`], folder).found);
  for (const { path } of each) {
    const answer = await askInterpreter(path);
    if (answer?.version.startsWith(`CPython ${wanted}.`) === true) return answer;
  }
  const [uv] = findExecutables(['uv'], searchPath).found;
  if (uv !== undefined) {
    const { execa } = await import('execa');
    const args = ['python', 'find', '--no-python-downloads', '--no-project', '--quiet', wanted];
    const found = await execa(uv.path, args, { reject: false, stdin: 'ignore', timeout: 20_000 });
    const answer = found.exitCode === 0 ? await askInterpreter(found.stdout.trim()) : undefined;
    if (answer?.version.startsWith(`CPython ${wanted}.`) === true) return answer;
  }
  throw new NeuroClawError(
    'preflight.python',
    `environment ${environment} needs CPython ${wanted}, which was not found`,
    {
      expected: `python${wanted} on PATH`,
      hint: `install it: \`apt install python${wanted} python${wanted}-venv\`, or \`uv python install ${wanted}\``,
    },
  );
}
