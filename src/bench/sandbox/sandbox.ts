import { existsSync, mkdirSync } from 'node:fs';
import { lstat, mkdir, readdir, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Exit, InputMount, OpenEnvironment } from '../../environments/runtime.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { newAttemptId } from '../../kernel/ids.js';
import { sha256 } from '../../kernel/json.js';
import { pythonVariables } from '../../skills/python-variables.js';
import type { Task } from '../task/load-task.js';
import { changedFiles, Lister, openPlain, type ListedFile, type Listing } from './listing.js';

/** An environment of the product, open, with the programs that it offers. */
export interface TaskEnvironment {
  readonly name: string;
  readonly executables: readonly string[];
  readonly open: OpenEnvironment;
}

export interface SandboxOptions {
  readonly task: Task;
  /** Folder of the sandbox: `out/` and `scratch/` are made in it. */
  readonly folder: string;
  /** Folder of the inputs, mounted read-only. */
  readonly inputs: string;
  readonly environments: readonly TaskEnvironment[];
  /** Called after each step, in order. */
  readonly onStep: (record: StepRecord) => void;
  readonly signal: AbortSignal;
  /** Puts inputs and outputs at other paths than usual: what worked by luck of a path fails. */
  readonly elsewhere?: boolean;
}

/** What happened in a sandbox: from these records alone executability is scored. */
export type StepRecord =
  | {
      readonly step: 'run';
      readonly argv: readonly string[];
      /** The same with `{in}` and `{out}` for the folders: what a replay runs. */
      readonly template: readonly string[];
      readonly environment: { readonly name: string; readonly digest: string };
      readonly started: string;
      readonly exit: Exit;
      readonly changed: readonly (readonly [path: string, file: ListedFile])[];
    }
  | { readonly step: 'write'; readonly path: string; readonly text: string; readonly file: ListedFile };

/** Text of the streams that an agent gets to read: the end says most. */
const STREAM_TAIL = 8000;

export interface CommandResult {
  readonly exit: Exit;
  readonly stdout: string;
  readonly stderr: string;
  /** Paths below the outputs that are new or changed. */
  readonly changed: readonly string[];
}

/**
 * The one place where an agent under test acts: commands in the environments of the task, with the inputs read-only, no
 * network and one folder to write to. Every command starts afresh; only the outputs and the scratch folder stay.
 */
export class Sandbox {
  readonly out: string;
  readonly #options: SandboxOptions;
  readonly #mounts: Promise<InputMount[]>;
  readonly #lister: Lister;
  readonly #in: string;
  readonly #outAt: string;
  #listing: Listing = { files: new Map(), refused: [] };
  #commands = 0;

  constructor(options: SandboxOptions) {
    this.#options = options;
    const outer = join(options.folder, 'out');
    this.out = options.elsewhere === true ? join(outer, 'elsewhere') : outer;
    this.#in = options.elsewhere === true ? '/in/elsewhere' : '/in';
    this.#outAt = options.elsewhere === true ? '/out/elsewhere' : '/out';
    mkdirSync(this.out, { recursive: true });
    mkdirSync(join(options.folder, 'scratch'), { recursive: true });
    this.#lister = new Lister(this.out, {
      bytes: options.task.limits.disk_mb * 1024 * 1024,
      entries: 5000,
      depth: 20,
    });
    this.#mounts = inputMounts(options.inputs, this.#in.slice(1));
  }

  /** What was left so far. */
  get listing(): Listing {
    return this.#listing;
  }

  /** Fills `{in}`, `{out}` and `{scratch}` in. */
  path(text: string): string {
    return text
      .replaceAll('{in}', this.#in)
      .replaceAll('{out}', this.#outAt)
      .replaceAll('{scratch}', '/scratch');
  }

  /**
   * Runs one program to its end. Throws input.invalid where no environment of the task has it; what the program does is
   * no error of this call.
   */
  async run(argv: readonly string[], environment?: string): Promise<CommandResult> {
    const { task, folder, onStep, signal } = this.#options;
    const filled = argv.map((token) => this.path(token));
    const chosen = this.#environmentFor(filled[0] ?? '', environment);
    this.#commands += 1;
    const logs = join(folder, 'logs', String(this.#commands));
    await mkdir(logs, { recursive: true });
    const started = new Date().toISOString();
    const exit = await chosen.open.run(
      {
        attempt: newAttemptId(),
        store: `neurobench-${process.pid}`,
        run: task.id,
        job: `command-${this.#commands}`,
        argv: filled,
        inputs: await this.#mounts,
        folder,
        env: {
          ...pythonVariables(task.settings.threads),
          MRTRIX_NTHREADS: String(task.settings.threads),
          LC_ALL: task.settings.locale,
          TZ: task.settings.tz,
          NEUROBENCH_ENVIRONMENT: chosen.open.identity.digest,
        },
        cpus: task.limits.cpu,
        memoryMb: task.limits.mem_mb,
        walltimeS: task.limits.wall_s,
        gpu: false,
        network: false,
        stdout: join(logs, 'stdout.log'),
        stderr: join(logs, 'stderr.log'),
      },
      signal,
    );
    const before = this.#listing;
    this.#listing = await this.#lister.list();
    const changed = changedFiles(before, this.#listing);
    onStep({
      step: 'run',
      argv: filled,
      template: argv,
      environment: { name: chosen.name, digest: chosen.open.identity.digest },
      started,
      exit,
      changed,
    });
    return {
      exit,
      stdout: await tailOf(join(logs, 'stdout.log')),
      stderr: await tailOf(join(logs, 'stderr.log')),
      changed: changed.map(([path]) => path),
    };
  }

  /**
   * Takes down what was run outside of this sandbox by a runtime that the harness trusts, together with the files that
   * it has left since the last step.
   */
  async record(
    run: Omit<Extract<StepRecord, { step: 'run' }>, 'step' | 'template' | 'changed'>,
  ): Promise<void> {
    const before = this.#listing;
    this.#listing = await this.#lister.list();
    this.#options.onStep({ step: 'run', ...run, template: [], changed: changedFiles(before, this.#listing) });
  }

  /** Writes a text below the outputs: scripts, notes, answers. What it holds was not computed. */
  async write(path: string, text: string): Promise<void> {
    const target = await this.#plainTarget(path);
    await writeFile(target, text);
    this.#listing = await this.#lister.list();
    const file = this.#listing.files.get(path) ?? { bytes: Buffer.byteLength(text), sha256: sha256(text) };
    this.#options.onStep({ step: 'write', path, text, file });
  }

  /** The text of an output or an input, at most so many characters; undefined where there is no such plain file. */
  async read(path: string, characters: number): Promise<string | undefined> {
    const [top, ...rest] = path.replace(/^\/+/, '').split('/');
    if (rest.some((part) => part === '..' || part === '')) return undefined;
    const root = top === 'in' ? this.#options.inputs : top === 'out' ? this.out : undefined;
    if (root === undefined || !(await foldersArePlain(root, rest.slice(0, -1)))) return undefined;
    const handle = await openPlain(join(root, ...rest));
    if (handle === undefined) return undefined;
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(characters * 4), 0, characters * 4, 0);
      return buffer.subarray(0, bytesRead).toString('utf8').slice(0, characters);
    } finally {
      await handle.close();
    }
  }

  /** Looks at the outputs once more, for what changed them outside of a command. */
  async settle(): Promise<Listing> {
    this.#listing = await this.#lister.list();
    return this.#listing;
  }

  #environmentFor(program: string, name: string | undefined): TaskEnvironment {
    const { environments, task } = this.#options;
    const named = name === undefined ? environments : environments.filter((one) => one.name === name);
    // A container may run anything that it holds, a Python environment what it offers.
    const found = named.find(({ executables }) => executables.includes(program)) ?? named[0];
    if (found !== undefined) return found;
    throw new NeuroClawError('input.invalid', `${task.id} has no environment ${name ?? ''}`, {
      expected: environments.map((one) => one.name).join(', '),
    });
  }

  async #plainTarget(path: string): Promise<string> {
    const parts = path.split('/');
    if (parts.some((part) => part === '' || part === '.' || part === '..') || path.startsWith('/'))
      throw new NeuroClawError('input.invalid', `${path} is no path below the outputs`);
    if (!(await foldersArePlain(this.out, parts.slice(0, -1))))
      throw new NeuroClawError('input.invalid', `${path} leads through a link`);
    const target = join(this.out, path);
    await mkdir(dirname(target), { recursive: true });
    // A link that the agent put there would lead the harness out of the folder.
    if ((await lstat(target).catch(() => undefined))?.isSymbolicLink() === true) await unlink(target);
    return target;
  }
}

async function foldersArePlain(root: string, parts: readonly string[]): Promise<boolean> {
  let path = root;
  for (const part of parts) {
    path = join(path, part);
    const stats = await lstat(path).catch(() => undefined);
    if (stats === undefined) return true;
    if (!stats.isDirectory()) return false;
  }
  return true;
}

async function inputMounts(folder: string, at: string): Promise<InputMount[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => ({ hostPath: join(folder, entry.name), toolPath: `${at}/${entry.name}` }));
}

async function tailOf(path: string): Promise<string> {
  if (!existsSync(path)) return '';
  const handle = await openPlain(path);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, STREAM_TAIL);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8');
  } finally {
    await handle.close();
  }
}
