import { Benchmark } from '../../app/benchmark.js';
import { taskNamed } from '../../bench/task/load-task.js';
import { fullInstruction } from '../../bench/trial/instruction.js';
import type { CommandContext } from '../context.js';
import { table } from '../render.js';

export async function run({ io, app }: CommandContext, [id = '']: string[]): Promise<number> {
  const task = taskNamed(await new Benchmark(app).tasks(), id);
  if (io.json) {
    io.data({ ...task, folder: undefined, data: { ...task.data } });
    return 0;
  }
  const { level, expert_minutes: minutes } = task.difficulty;
  io.line(`${task.id} ${task.version}: ${task.title}`);
  io.line(`track ${task.track}, family ${task.family}, level ${level}, an expert takes ${minutes} minutes`);
  if (task.covers.length > 0) io.line(`covers ${task.covers.join(', ')}`);
  io.line('');
  io.line(await fullInstruction(task));
  io.line('');
  const rows = task.checks.map((check) => [
    check.id,
    check.check,
    check.class,
    check.file,
    check.kills.join(', '),
  ]);
  for (const line of table([['CHECK', 'IS', 'CLASS', 'OF', 'KILLS'], ...rows])) io.line(line);
  return 0;
}
