import { existsSync } from 'node:fs';
import { readFile, writeFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { environmentSchema } from '../../environments/environment.js';
import { createHostDriver } from '../../environments/runtimes/host/host-driver.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { newAttemptId } from '../../kernel/ids.js';
import { noModel, type AgentEnd, type AgentUnderTest, type TrialView } from '../trial/agent.js';

const words = z.array(z.string()).min(1);
/** `replay.json` beside the outputs: the commands that make them again, for a sandbox of the task's environments. */
const replaySchema = z.strictObject({ commands: z.array(words).min(1) });

/** Splits the text of `--command` into words once, at spaces, quotes kept together; no shell ever sees it. */
export function splitCommand(text: string): string[] {
  const parts = text.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  const split = parts.map((part) => (/^(["']).*\1$/.test(part) ? part.slice(1, -1) : part));
  for (const place of ['{instruction}', '{out}'])
    if (!split.some((word) => word.includes(place)))
      throw new NeuroClawError('usage.arguments', `--command says nowhere where ${place} goes`, {
        expected: './my-agent {instruction} {inputs} {out}',
      });
  return split;
}

/**
 * Somebody's program as an agent: started once under bubblewrap with the inputs read-only, one folder to write to, and
 * the network, which it needs to reach its model (the record says so). What it starts inside is its own: one event
 * stands for all of it, and its commands are believed only as far as `replay.json` repeats them.
 */
export function commandAgent(command: readonly string[], arm: string, path: string): AgentUnderTest {
  return {
    provider: 'command',
    model: null,
    arm,
    control: null,
    play: (view) => playCommand(command, view, path),
    async replay({ sandbox, artefacts }) {
      const file = join(artefacts, 'replay.json');
      if (!existsSync(file)) return;
      const parsed = replaySchema.safeParse(jsonOf(await readFile(file, 'utf8')));
      if (!parsed.success) return;
      for (const argv of parsed.data.commands) await sandbox.run(argv);
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function playCommand(command: readonly string[], view: TrialView, path: string): Promise<AgentEnd> {
  const [program = ''] = command;
  const { task, sandbox, signal, inputs } = view;
  const folder = dirname(sandbox.out);
  const name = program.split('/').at(-1) ?? program;
  const driver = createHostDriver({
    allowed: true,
    path: program.includes('/') ? `${dirname(program)}:${path}` : path,
  });
  const environment = await driver.open({
    ...environmentSchema.parse({
      name: 'agent-under-test',
      title: 'A program under test',
      license: 'unknown',
      executables: [name],
      runtimes: { host: {} },
    }),
    folder,
  });
  if (environment.identity.details['isolation'] !== 'bubblewrap')
    return {
      status: 'infra_error',
      message: 'bubblewrap is not there to run it in: `apt install bubblewrap`',
      model: null,
      usage: unknownUsage,
    };
  await mkdir(join(folder, 'agent'), { recursive: true });
  const instruction = join(folder, 'agent', 'instruction.md');
  await writeFile(instruction, `${view.instruction}\n`);
  const argv = [name, ...command.slice(1)].map((word) =>
    word
      .replaceAll('{instruction}', '/in/.agent/instruction.md')
      .replaceAll('{inputs}', '/in/data')
      .replaceAll('{out}', '/out'),
  );
  const started = new Date().toISOString();
  const exit = await environment.run(
    {
      attempt: newAttemptId(),
      store: `neurobench-${process.pid}`,
      run: task.id,
      job: 'agent',
      argv,
      inputs: [
        { hostPath: instruction, toolPath: 'in/.agent/instruction.md' },
        { hostPath: inputs, toolPath: 'in/data' },
      ],
      folder,
      env: {
        LC_ALL: task.settings.locale,
        TZ: task.settings.tz,
        NEUROBENCH_ENVIRONMENT: environment.identity.digest,
      },
      cpus: task.limits.cpu,
      memoryMb: task.limits.mem_mb,
      walltimeS: task.limits.wall_s,
      gpu: false,
      network: true,
      stdout: join(folder, 'agent', 'stdout.log'),
      stderr: join(folder, 'agent', 'stderr.log'),
    },
    signal,
  );
  await sandbox.record({
    argv,
    environment: { name: 'agent-under-test', digest: environment.identity.digest },
    started,
    exit,
  });
  const status =
    exit.reason === 'timeout' ? 'timeout' : exit.reason === 'not-started' ? 'infra_error' : 'ended';
  return {
    status,
    ...(exit.message === undefined ? {} : { message: exit.message }),
    model: null,
    usage: unknownUsage,
  };
}

/** What a foreign program asked of which model is not seen: unknown is not zero. */
const unknownUsage: AgentEnd['usage'] = { ...noModel, usd: null, usd_source: 'unknown', llm_calls: null };
