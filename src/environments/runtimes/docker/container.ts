import { open } from 'node:fs/promises';
import { constants } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Container } from 'dockerode';
import type { Readable } from 'node:stream';
import type { ErrorCode } from '../../../kernel/error-codes.js';
import { nodeErrorCode } from '../../../kernel/errors.js';
import type { Exit, JobCall } from '../../runtime.js';
import { createOptions, type CreateContext } from './create-options.js';
import { streamToFiles } from './demultiplex.js';
import { engineMessage, engineStatus, type ContainerEngine } from './engine.js';
import { sampleUsage, type Usage } from './usage.js';
import type { ContainerWatch } from './watch.js';

/** Seconds between asking (SIGTERM) and forcing (SIGKILL). */
const graceS = 5;
/** How long a container may take to be gone after it was forced, before it counts as lost. */
const goneMs = 30_000;
/** How long after its containers an engine that shuts down may still answer. */
const shutdownMs = 2000;

export interface ContainerContext extends Omit<CreateContext, 'engine'> {
  readonly engine: ContainerEngine;
  readonly watch: ContainerWatch;
  /** Takes the removal of the ended container, which nobody has to wait for. */
  readonly later: (work: Promise<unknown>) => void;
}

/**
 * Runs one job in a container of its own from create to end. The first reason for ending wins; what the tool does
 * never makes this reject.
 */
export async function runContainer(
  call: JobCall,
  context: ContainerContext,
  signal: AbortSignal,
): Promise<Exit> {
  if (signal.aborted) return { reason: 'cancelled', exitCode: null, wallS: 0 };
  const options = createOptions(call, context);
  let container: Container;
  try {
    container = await context.engine.docker.createContainer(options);
  } catch (error) {
    return notStarted(error, call, context);
  }
  try {
    return await runCreated(container, call, context, signal);
  } finally {
    context.later(removeContainer(container));
  }
}

async function runCreated(
  container: Container,
  call: JobCall,
  context: ContainerContext,
  signal: AbortSignal,
): Promise<Exit> {
  const followed = context.watch.follow(container.id);
  let streams: Promise<void>;
  try {
    const stream: NodeJS.ReadableStream = await container.attach({
      stream: true,
      stdout: true,
      stderr: true,
    });
    streams = streamToFiles(stream as Readable, call.stdout, call.stderr);
    streams.catch(() => undefined);
    await container.start();
  } catch (error) {
    void followed.end();
    // No answer at all: it may have started all the same.
    if (engineStatus(error) === undefined) return lost(error, 0, {}, context.engine);
    return notStarted(error, call, context);
  }

  const started = performance.now();
  const usage = sampleUsage(container);
  const ending = new Ending(container, call.walltimeS, signal);
  try {
    const exitCode = await Promise.race([
      container.wait().then((answer: { StatusCode: number }) => answer.StatusCode),
      ending.overdue,
      followed.gone,
    ]);
    const wallS = (performance.now() - started) / 1000;
    const measured = usage.stop();
    const [{ oom }] = await Promise.all([followed.end(), streams]);
    return await judge({ exitCode, wallS, measured, oom, ended: ending.reason }, container, call, context);
  } catch (error) {
    void followed.end();
    return lost(error, (performance.now() - started) / 1000, usage.stop(), context.engine);
  } finally {
    ending.over();
  }
}

/** The reasons of ours for which a container is ended before its time; the first one wins. */
class Ending {
  reason: 'timeout' | 'cancelled' | undefined;
  /** Rejects when the container is still there long after it was forced. */
  readonly overdue: Promise<never>;
  readonly #container: Container;
  readonly #signal: AbortSignal;
  readonly #walltime: NodeJS.Timeout;
  #gone: NodeJS.Timeout | undefined;
  #giveUp: (error: Error) => void = () => undefined;
  readonly #cancel = (): void => this.#end('cancelled');

  constructor(container: Container, walltimeS: number, signal: AbortSignal) {
    this.#container = container;
    this.#signal = signal;
    this.overdue = new Promise((_, reject) => {
      this.#giveUp = reject;
    });
    this.overdue.catch(() => undefined);
    // Timers hold 31 bits of milliseconds: 24 days.
    this.#walltime = setTimeout(() => this.#end('timeout'), Math.min(walltimeS * 1000, 2 ** 31 - 1));
    signal.addEventListener('abort', this.#cancel);
    if (signal.aborted) this.#cancel();
  }

  over(): void {
    clearTimeout(this.#walltime);
    clearTimeout(this.#gone);
    this.#signal.removeEventListener('abort', this.#cancel);
  }

  #end(reason: 'timeout' | 'cancelled'): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    // Ends the container, not the process we know of: whatever the tool started goes with it.
    this.#container.stop({ t: graceS }).catch(() => undefined);
    this.#gone = setTimeout(
      () => this.#giveUp(new Error('the container did not end when it was stopped')),
      graceS * 1000 + goneMs,
    );
  }
}

interface End {
  readonly exitCode: number;
  readonly wallS: number;
  readonly measured: Usage;
  readonly oom: boolean;
  readonly ended: 'timeout' | 'cancelled' | undefined;
}

/** Says why a container ended. Killed for memory wins over an exit status, which a parent may have made good. */
async function judge(
  end: End,
  container: Container,
  call: JobCall,
  context: ContainerContext,
): Promise<Exit> {
  const facts = { exitCode: end.exitCode, wallS: end.wallS, ...end.measured };
  if (end.ended) return { reason: end.ended, ...facts };
  const killed = signalOf(end.exitCode);
  if (end.oom || (await wasKilledForMemory(end, container, context))) {
    return {
      reason: 'oom',
      ...facts,
      ...(killed === undefined ? {} : { signal: killed }),
      message: `a process of the job was killed at the limit of ${call.memoryMb} MB`,
    };
  }
  if (end.exitCode === 127 || end.exitCode === 126) {
    const message = await initMessage(call);
    if (message !== undefined) return { ...facts, reason: 'not-started', exitCode: null, message };
  }
  if (killed === undefined) return { reason: 'exited', ...facts };
  if ((killed === 'SIGKILL' || killed === 'SIGTERM') && (await goesAway(context))) {
    return lost(
      new Error('it ended the container while shutting down'),
      end.wallS,
      end.measured,
      context.engine,
    );
  }
  return { reason: 'signal', ...facts, signal: killed };
}

/**
 * The engine's own mark. Asked only where the exit is bad, for it costs a round trip; always of Podman, which has no
 * `oom` event.
 */
async function wasKilledForMemory(
  end: End,
  container: Container,
  context: ContainerContext,
): Promise<boolean> {
  const suspicious = end.exitCode === 137 || !context.watch.open || context.engine.name === 'podman';
  if (!suspicious) return false;
  try {
    const { State } = await container.inspect();
    return State.OOMKilled;
  } catch {
    return false;
  }
}

/**
 * An engine that shuts down ends its containers first and goes away a moment later; so an end that nobody here asked for
 * is looked at for that long.
 */
async function goesAway({ engine, watch }: ContainerContext): Promise<boolean> {
  for (const deadline = performance.now() + shutdownMs; performance.now() < deadline; await wait(100)) {
    if (!watch.open) return true;
    try {
      await engine.docker.ping();
    } catch {
      return true;
    }
  }
  return false;
}

/** `128 + n` by convention of shells and of the init process of the container. */
function signalOf(exitCode: number): string | undefined {
  const names = Object.entries(constants.signals).filter(([, number]) => number === exitCode - 128);
  return names[0]?.[0];
}

/** What the init process says when the program is not there; the tool itself never ran then. */
async function initMessage(call: JobCall): Promise<string | undefined> {
  const head = Buffer.alloc(1024);
  const file = await open(call.stderr);
  try {
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const said = /^\[FATAL \S+ \(\d+\)\] exec (.*) failed: (.*)$/m.exec(head.toString('utf8', 0, bytesRead));
    return said ? `${said[1]} cannot be started in this environment: ${said[2]}` : undefined;
  } finally {
    await file.close();
  }
}

function lost(error: unknown, wallS: number, measured: Usage, engine: ContainerEngine): Exit {
  const code = nodeErrorCode(error);
  const exit = { exitCode: null, wallS, ...measured };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return {
      ...exit,
      reason: 'lost',
      code: 'job.disk',
      message: 'the disk is full: the logs could not be written',
    };
  }
  return {
    ...exit,
    reason: 'lost',
    code: 'job.container',
    message: `the container engine at ${engine.host} stopped in the middle: ${engineMessage(error)}`,
  };
}

/** Says in plain words why the engine refused to create or start a container. */
function notStarted(error: unknown, call: JobCall, context: ContainerContext): Exit {
  const said = engineMessage(error);
  const answer = (code: ErrorCode, message: string): Exit => ({
    reason: 'not-started',
    exitCode: null,
    wallS: 0,
    code,
    message,
  });
  if (/could not select device driver|nvidia-container|libnvidia|unresolvable CDI devices/i.test(said)) {
    return answer('preflight.gpu', `the job asks for a GPU and the container engine offers none (${said})`);
  }
  if (engineStatus(error) === 404 && /no such image/i.test(said)) {
    return answer('preflight.image', `the image ${context.image} is no longer there`);
  }
  if (/bind source path does not exist/i.test(said)) return answer('input.not-found', said);
  if (/executable file not found|no such file or directory.*exec|exec: .*permission denied/i.test(said)) {
    return {
      reason: 'not-started',
      exitCode: null,
      wallS: 0,
      message: `${call.argv[0] ?? ''} cannot be started in this environment: ${said}`,
    };
  }
  if (engineStatus(error) === undefined) {
    return answer('job.container', `the container engine at ${context.engine.host} does not answer: ${said}`);
  }
  return answer('job.container', `the container engine refused the job: ${said}`);
}

/** Removes a container in any state. One that is gone already, or being removed, is as good. */
export async function removeContainer(container: Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (![404, 409].includes(engineStatus(error) ?? 0)) throw error;
  }
}
