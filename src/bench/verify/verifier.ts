import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InputMount, OpenEnvironment } from '../../environments/runtime.js';
import { environmentSchema } from '../../environments/environment.js';
import { builtUrl } from '../../environments/runtimes/embedded/built-url.js';
import { createHostDriver } from '../../environments/runtimes/host/host-driver.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { newAttemptId } from '../../kernel/ids.js';
import {
  compareAnswerSchema,
  verifyAnswerSchema,
  type CompareRequest,
  type Comparison,
  type Verdict,
  type VerifyRequest,
} from './request.js';

const PROGRAM = fileURLToPath(builtUrl(import.meta.url, 'main.js'));
/** Folder of the package: of its sources or of its build. */
const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
/** Seconds and MB: artefacts are hostile until they are verified. */
const WALLTIME_S = 120;
const MEMORY_MB = 2048;

/** Opens the sandbox of the verifier. Throws preflight.environment where bubblewrap does not work here. */
export async function openVerifier(): Promise<Verifier> {
  const driver = createHostDriver({ allowed: true, path: `${dirname(process.execPath)}:/usr/bin:/bin` });
  const environment = await driver.open({
    ...environmentSchema.parse({
      name: 'neurobench-verifier',
      title: 'The verifier of the benchmark',
      license: 'MIT',
      executables: ['node'],
      runtimes: { host: {} },
    }),
    folder: PACKAGE,
  });
  if (environment.identity.details['isolation'] !== 'bubblewrap') {
    throw new NeuroClawError(
      'preflight.environment',
      'artefacts cannot be verified apart from this machine',
      {
        expected: 'bubblewrap, which makes a sandbox without network or anything of yours',
        hint: '`apt install bubblewrap`',
      },
    );
  }
  return new Verifier(environment);
}

export interface Verification {
  readonly verdicts: readonly Verdict[];
  readonly seconds: number;
  /** Why no verdict was reached, such as a file that kept the verifier busy for too long. */
  readonly failure?: string;
}

/** What the sandbox of the verifier holds beside the product: a name below `in/` and a folder for each. */
export type VerifierFolders = Readonly<Record<string, string>>;

/**
 * Runs checks on artefacts in a second sandbox: artefacts, inputs and references are read-only in it, there is no
 * network, and time and memory are limited, since what an agent left is hostile until it is verified.
 */
export class Verifier {
  readonly #environment: OpenEnvironment;

  constructor(environment: OpenEnvironment) {
    this.#environment = environment;
  }

  /** @param folder of the verifier: made, and kept to be looked at */
  async verify(
    folder: string,
    request: VerifyRequest,
    folders: VerifierFolders,
    signal: AbortSignal,
  ): Promise<Verification> {
    const { answer, seconds, failure } = await this.#ask(folder, request, folders, signal);
    if (failure !== undefined) return { verdicts: [], seconds, failure };
    return { verdicts: verifyAnswerSchema.parse(answer).verdicts, seconds };
  }

  /** Which files of `artefacts` and `replayed` say the same. What could not be compared is different. */
  async compare(
    folder: string,
    request: CompareRequest,
    folders: VerifierFolders,
    signal: AbortSignal,
  ): Promise<Comparison> {
    const { answer, failure } = await this.#ask(folder, request, folders, signal);
    if (failure !== undefined) return { same: [], different: request.compare.map(({ path }) => path) };
    return compareAnswerSchema.parse(answer);
  }

  async #ask(
    folder: string,
    request: VerifyRequest | CompareRequest,
    folders: VerifierFolders,
    signal: AbortSignal,
  ): Promise<{ answer?: unknown; seconds: number; failure?: string }> {
    for (const name of ['out', 'scratch']) await mkdir(join(folder, name), { recursive: true });
    const file = join(folder, 'request.json');
    await writeFile(file, JSON.stringify(request));
    const { mounts, program } = productMounts();
    const exit = await this.#environment.run(
      {
        attempt: newAttemptId(),
        store: `neurobench-${process.pid}`,
        run: 'neurobench',
        job: 'verify',
        argv: ['node', `--max-old-space-size=${MEMORY_MB}`, program],
        inputs: [
          { hostPath: file, toolPath: 'in/request.json' },
          ...Object.entries(folders).map(([name, hostPath]) => ({ hostPath, toolPath: `in/${name}` })),
          ...mounts,
        ],
        folder,
        env: {},
        cpus: 1,
        memoryMb: MEMORY_MB + 512,
        walltimeS: WALLTIME_S,
        gpu: false,
        network: false,
        stdout: join(folder, 'stdout.log'),
        stderr: join(folder, 'stderr.log'),
      },
      signal,
    );
    const answer = join(folder, 'out', 'answer.json');
    if (exit.reason === 'exited' && exit.exitCode === 0 && existsSync(answer))
      return { answer: JSON.parse(await readFile(answer, 'utf8')) as unknown, seconds: exit.wallS };
    const said = (await readFile(join(folder, 'stderr.log'), 'utf8').catch(() => '')).trim().slice(-500);
    const failure = `the verifier ended with ${exit.message ?? exit.signal ?? exit.reason} ${exit.exitCode ?? ''}: ${said}`;
    return { seconds: exit.wallS, failure };
  }
}

/** The product itself, with the packages that its checks import: beside it in a checkout, above it where it is installed. */
function productMounts(): { mounts: InputMount[]; program: string } {
  const above = `${sep}node_modules${sep}`;
  const at = PACKAGE.lastIndexOf(above);
  if (at < 0) {
    const program = `/in/product/${PROGRAM.slice(PACKAGE.length + 1)}`;
    return { mounts: [{ hostPath: PACKAGE, toolPath: 'in/product' }], program };
  }
  const root = PACKAGE.slice(0, at + above.length - 1);
  const program = `/in/product/node_modules/${PROGRAM.slice(root.length + 1)}`;
  return { mounts: [{ hostPath: root, toolPath: 'in/product/node_modules' }], program };
}
