import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { validateCheckSpec } from '../../checks/catalog.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { Finding } from '../../kernel/findings.js';
import { nearest } from '../../kernel/text.js';
import { broken, readDocument } from './read-document.js';
import {
  dataLockSchema,
  taskCheckSchema,
  taskSchema,
  type DataLock,
  type TaskCheck,
  type TaskDocument,
} from './task.js';

/** A task with all that its folder says. Instruction and task are public; checks, lock and reference are not the agent's. */
export interface Task extends TaskDocument {
  readonly folder: string;
  readonly instruction: string;
  readonly checks: readonly TaskCheck[];
  readonly data: DataLock;
}

export interface LoadedTasks {
  /** By id, in their order. */
  readonly tasks: ReadonlyMap<string, Task>;
  /** `task.invalid` for each broken one, which hides no other. */
  readonly findings: readonly Finding[];
}

/** Loads `<root>/<id>/` for every folder of a root that has a `task.yaml`. */
export async function loadTasks(roots: readonly string[]): Promise<LoadedTasks> {
  const tasks = new Map<string, Task>();
  const findings: Finding[] = [];
  for (const root of roots) {
    if (!existsSync(root)) continue;
    for (const name of (await readdir(root)).sort()) {
      const folder = join(root, name);
      if (!existsSync(join(folder, 'task.yaml'))) continue;
      try {
        const task = await loadTask(folder);
        tasks.set(task.id, task);
      } catch (error) {
        if (!(error instanceof NeuroClawError)) throw error;
        findings.push({
          code: error.code,
          severity: 'error',
          message: error.message,
          place: error.place ?? { file: folder },
        });
      }
    }
  }
  return { tasks: new Map([...tasks].sort(([a], [b]) => (a < b ? -1 : 1))), findings };
}

/** Loads one task and looks at what its files say of each other. Throws task.invalid, input.not-found. */
export async function loadTask(folder: string): Promise<Task> {
  const document = await readDocument(join(folder, 'task.yaml'), taskSchema);
  if (document.id !== basename(folder))
    throw broken(join(folder, 'task.yaml'), `the id ${document.id} is not the name of its folder`, 'id');
  const checks =
    document.track === 'P'
      ? []
      : await readDocument(join(folder, 'verify', 'checks.yaml'), z.array(taskCheckSchema).min(1));
  const data = await readDocument(join(folder, 'data.lock.json'), dataLockSchema);
  checkChecks(folder, document, checks);
  return { ...document, folder, instruction: await readInstruction(folder), checks, data };
}

async function readInstruction(folder: string): Promise<string> {
  const file = join(folder, 'instruction.md');
  if (!existsSync(file)) throw broken(file, 'there is no instruction');
  return readFile(file, 'utf8');
}

function checkChecks(folder: string, task: TaskDocument, checks: readonly TaskCheck[]): void {
  const file = join(folder, 'verify', 'checks.yaml');
  const outputs = new Set(task.outputs.map(({ path }) => `out/${path}`));
  const seen = new Set<string>();
  for (const [index, check] of checks.entries()) {
    if (seen.has(check.id)) throw broken(file, `two checks are called ${check.id}`, `[${index}].id`);
    seen.add(check.id);
    if (!outputs.has(check.file))
      throw broken(
        file,
        `${check.file} is not an output of the task`,
        `[${index}].file`,
        [...outputs].join(', '),
      );
    const [wrong] = validateCheckSpec({ check: check.check, args: check.args });
    if (wrong !== undefined) throw broken(file, `${check.id}: ${wrong.message}`, `[${index}].args`);
  }
}

/** The task of that id. Throws task.unknown with the nearest name. */
export function taskNamed({ tasks }: LoadedTasks, id: string): Task {
  const task = tasks.get(id);
  if (task !== undefined) return task;
  const near = nearest(id, tasks.keys());
  throw new NeuroClawError('task.unknown', `there is no task ${id}`, {
    ...(near === undefined ? {} : { expected: `${near}?` }),
  });
}
