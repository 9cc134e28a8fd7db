import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Benchmark } from '../../app/benchmark.js';
import { taskNamed } from '../../bench/task/load-task.js';
import { fromFileSystem, NeuroClawError } from '../../kernel/errors.js';
import type { CommandContext } from '../context.js';

/** Judges the plan of somebody for a task of track P. Exit status 3 where it is not valid. */
export async function run({ io, app, cwd }: CommandContext, [id = '', path = '']: string[]): Promise<number> {
  const task = taskNamed(await new Benchmark(app).tasks(), id);
  if (task.track !== 'P')
    throw new NeuroClawError('usage.arguments', `${id} is a task of track ${task.track}: it is executed`, {
      hint: '`neuroclaw bench run --task …`',
    });
  const file = resolve(cwd, path);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fromFileSystem(error, file);
  }
  const [{ gradePlan }, { skills }] = await Promise.all([
    import('../../bench/plans/load-plan.js'),
    app.skills(),
  ]);
  const findings = await gradePlan(task, text, skills.values());
  const status = findings.length === 0 ? 'resolved' : 'unresolved';
  if (io.json) io.data({ task: task.id, task_version: task.version, track: task.track, status, findings });
  else {
    for (const { rule, command, message } of findings)
      io.line(`${command === undefined ? 'plan' : `command ${command}`}: ${message} [${rule}]`);
    io.line(`${task.id}: ${status}; nothing was executed`);
  }
  return findings.length === 0 ? 0 : 3;
}
