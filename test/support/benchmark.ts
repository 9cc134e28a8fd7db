import { join } from 'node:path';
import { checkTask, type ControlOutcome } from '../../src/bench/controls/check-task.js';
import type { TaskEnvironment } from '../../src/bench/sandbox/sandbox.js';
import { loadTasks, type Task } from '../../src/bench/task/load-task.js';
import { openVerifier } from '../../src/bench/verify/verifier.js';
import { createDockerDriver } from '../../src/environments/runtimes/docker/docker-driver.js';
import { engineForTests, hosts, loadedEnvironment, lockForTests } from '../integration/docker/support.js';
import { projectFolder, testDataFolder } from './data.js';
import { openPythonNeuro, pythonNeuro } from './python-environment.js';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';

const runtime = await engineForTests();
const opened = new Map<string, Promise<TaskEnvironment | undefined>>();

/** Every task that comes with the product. */
export const benchmarkTasks = await loadTasks([join(projectFolder, 'neurobench', 'tasks')]);

/** The environments of a task; undefined where one is not here, except in CI, where that is a failure. */
export async function environmentsOf(task: Task): Promise<TaskEnvironment[] | undefined> {
  const all = await Promise.all(
    task.environments.map((name) => {
      const known = opened.get(name) ?? openOne(name);
      opened.set(name, known);
      return known;
    }),
  );
  return all.every((one) => one !== undefined) ? all : undefined;
}

async function openOne(name: string): Promise<TaskEnvironment | undefined> {
  if (name === 'python-neuro') {
    const [open, { executables }] = [await openPythonNeuro(), await pythonNeuro()];
    return open && { name, executables, open };
  }
  if (runtime === undefined) return undefined;
  const file = join(mkdtempSync(join(tmpdir(), 'neurobench-lock-')), 'neuroclaw.lock.json');
  await lockForTests(runtime, name, file);
  const environment = await loadedEnvironment(name);
  const open = await createDockerDriver({ lock: file, hosts }).open(environment);
  return { name, executables: environment.executables, open };
}

/** Runs the controls of a task in a folder; undefined where an environment of it is not here. */
export async function controlsOf(
  task: Task,
  folder: string,
  options: { readonly hostile?: boolean; readonly seed?: number } = {},
): Promise<ControlOutcome[] | undefined> {
  const environments = await environmentsOf(task);
  if (environments === undefined) return undefined;
  return checkTask(task, {
    folder,
    shared: testDataFolder,
    repeat: 1,
    hostile: options.hostile ?? false,
    keep: false,
    environments,
    verifier: await openVerifier(),
    version: 'test',
    secrets: [],
    signal: new AbortController().signal,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
}

/** What is not as it must be, in words: empty where all controls are. */
export function problemsOf(outcomes: readonly ControlOutcome[]): string[] {
  return outcomes.flatMap(({ kind, name, problem }) =>
    problem === undefined ? [] : [`${kind} ${name}: ${problem}`],
  );
}
