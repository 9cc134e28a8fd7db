import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { newAttemptId } from '../../../kernel/ids.js';
import type { Exit, InputMount } from '../../runtime.js';
import { runContainer } from './container.js';
import type { ContainerEngine } from './engine.js';
import { watchContainers } from './watch.js';

export interface ProbeCall {
  readonly image: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly inputs?: readonly InputMount[];
  readonly gpu?: boolean;
}

export interface ProbeResult {
  readonly exit: Exit;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one short command in an image, isolated exactly as a job is, and gives back what it printed. */
export async function probe(
  engine: ContainerEngine,
  call: ProbeCall,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const folder = await mkdtemp(join(tmpdir(), 'neuroclaw-probe-'));
  const attempt = newAttemptId();
  const store = `probe-${attempt}`;
  const watch = await watchContainers(engine, store);
  const removals: Promise<unknown>[] = [];
  try {
    await Promise.all([mkdir(join(folder, 'out')), mkdir(join(folder, 'scratch'))]);
    const [stdout, stderr] = [join(folder, 'stdout.log'), join(folder, 'stderr.log')];
    const { uid, gid } = userInfo();
    const exit = await runContainer(
      {
        attempt,
        store,
        run: 'probe',
        job: call.argv[0] ?? '',
        argv: call.argv,
        inputs: call.inputs ?? [],
        folder,
        env: {},
        cpus: 1,
        memoryMb: 1024,
        walltimeS: 120,
        gpu: call.gpu ?? false,
        network: false,
        stdout,
        stderr,
      },
      {
        image: call.image,
        user: { uid, gid },
        env: call.env,
        engine,
        watch,
        later: (work) => removals.push(work.catch(() => undefined)),
      },
      signal,
    );
    const text = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
    return { exit, stdout: await text(stdout), stderr: await text(stderr) };
  } finally {
    await Promise.all(removals);
    watch.close();
    await rm(folder, { recursive: true, force: true });
  }
}
