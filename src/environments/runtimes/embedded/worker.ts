/** The worker process of the embedded runtime: waits for a job, runs it, says how it ended, waits again. */

import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { assetFolder, assetsOf } from './catalog.js';
import type { WorkerJob, WorkerMessage, WorkerResult } from './messages.js';
import { toolPaths } from './tool-paths.js';
import { ToolUsageError, type EmbeddedTool, type ToolIo } from './tool.js';

/** Above this the worker collects garbage before it takes another job: WebAssembly memories are freed no sooner. */
const collectAboveMb = 200;

/** Ends the job under way for an error that no promise of the tool led to. */
let stray: (error: unknown) => void = () => undefined;

const guard = new Worker(new URL('./parent-guard.js', import.meta.url));
guard.unref();
process.on('disconnect', () => process.exit(0));
process.on('uncaughtException', (error) => stray(error));
process.on('unhandledRejection', (error) => stray(error));
process.on('message', (job: WorkerJob) => void serve(job));
sayIdle();

async function serve(job: WorkerJob): Promise<void> {
  forgetPeak();
  const started = performance.now();
  const cpu = process.cpuUsage();
  const end = await runTool(job);
  const used = process.cpuUsage(cpu);
  const result: WorkerResult = {
    ...end,
    wallS: (performance.now() - started) / 1000,
    cpuS: (used.user + used.system) / 1e6,
    maxRssMb: process.resourceUsage().maxRSS / 1024,
  };
  // After an error out of nowhere something of the tool may still run: nothing else shall run beside it.
  if (end.astray) send({ type: 'done', result }, () => process.exit(0));
  else {
    send({ type: 'done', result });
    sayIdle();
  }
}

type ToolEnd = Pick<WorkerResult, 'exitCode' | 'message' | 'refused'> & { readonly astray?: true };

async function runTool(job: WorkerJob): Promise<ToolEnd> {
  let [stdout, stderr] = [0, 0];
  try {
    stdout = openSync(job.stdout, 'w');
    stderr = openSync(job.stderr, 'w');
  } catch (error) {
    return endOfError(error);
  }
  const restore = capturePrints(stdout, stderr);
  try {
    const io = toolIo(job, stdout, stderr);
    const astray = new Promise<ToolEnd>((resolve) => {
      stray = (error) => resolve({ ...endOfError(error, io), astray: true });
    });
    return await Promise.race([callTool(job, io), astray]);
  } finally {
    stray = () => undefined;
    restore();
    closeSync(stdout);
    closeSync(stderr);
    // Emscripten sets it to the status of the tool.
    process.exitCode = 0;
  }
}

async function callTool(job: WorkerJob, io: ToolIo): Promise<ToolEnd> {
  try {
    const { run } = (await import(`./tools/${job.tool}.js`)) as { run: EmbeddedTool };
    return { exitCode: await run(job.argv, io) };
  } catch (error) {
    return endOfError(error, io);
  }
}

function endOfError(error: unknown, io?: ToolIo): ToolEnd {
  const message = error instanceof Error ? error.message : String(error);
  try {
    io?.printError(message);
  } catch {
    // A full disk takes no last words either.
  }
  if (error instanceof ToolUsageError) return { exitCode: 2, message };
  if (error instanceof Error && error.name === 'RuntimeError') {
    // 128 + SIGABRT, what a native build of the tool would end with.
    return { exitCode: 134, message: `the tool aborted: ${message}` };
  }
  const refused = refusedBy(error);
  return { exitCode: 1, message, ...(refused === undefined ? {} : { refused }) };
}

/** What a tool prints by itself goes where the rest of its words go. */
function capturePrints(stdout: number, stderr: number): () => void {
  const streams = [
    [process.stdout, stdout],
    [process.stderr, stderr],
  ] as const;
  const originals = streams.map(([stream]) => stream.write.bind(stream));
  for (const [stream, file] of streams) {
    stream.write = (chunk: string | Uint8Array) => {
      if (typeof chunk === 'string') writeSync(file, chunk);
      else writeSync(file, chunk);
      return true;
    };
  }
  return () => {
    for (const [index, [stream]] of streams.entries()) stream.write = originals[index] ?? stream.write;
  };
}

function toolIo(job: WorkerJob, stdout: number, stderr: number): ToolIo {
  const assets = assetsOf(job.tool);
  return {
    ...toolPaths(job.inputs, job.folder),
    env: job.env,
    assetPath(name) {
      if (!assets?.files.includes(name)) throw new Error(`${job.tool} has no asset ${name}`);
      return join(assetFolder(assets), name);
    },
    print: (line) => void writeSync(stdout, `${line}\n`),
    printError: (line) => void writeSync(stderr, `${line}\n`),
  };
}

function refusedBy(error: unknown): WorkerResult['refused'] {
  if (error instanceof RangeError && /allocat|memory/i.test(error.message)) return 'memory';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'disk' : undefined;
}

/** Starts the peak of the resident size anew, so that each job has its own. Linux only; elsewhere it is the process's. */
function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // The peak of the whole process is reported then.
  }
}

function sayIdle(): void {
  if (process.memoryUsage.rss() / 1_048_576 > collectAboveMb) globalThis.gc?.();
  send({ type: 'idle', rssMb: process.memoryUsage.rss() / 1_048_576 });
}

function send(message: WorkerMessage, sent?: () => void): void {
  process.send?.(message, undefined, undefined, sent);
}
