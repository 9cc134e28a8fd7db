import { Benchmark } from '../../app/benchmark.js';
import { generalRules } from '../../bench/plans/check-plan.js';
import { planInstruction } from '../../bench/plans/instruction.js';
import { loadPlanChecks } from '../../bench/plans/load-plan.js';
import { taskNamed } from '../../bench/task/load-task.js';
import { fullInstruction } from '../../bench/trial/instruction.js';
import type { CommandContext } from '../context.js';
import { table } from '../render.js';

export async function run({ io, app }: CommandContext, [id = '']: string[]): Promise<number> {
  const task = taskNamed(await new Benchmark(app).tasks(), id);
  const plan = task.track === 'P' ? await loadPlanChecks(task) : undefined;
  if (io.json) {
    io.data({ ...task, folder: undefined, data: { ...task.data }, ...(plan === undefined ? {} : { plan }) });
    return 0;
  }
  const { level, expert_minutes: minutes } = task.difficulty;
  io.line(`${task.id} ${task.version}: ${task.title}`);
  io.line(`track ${task.track}, family ${task.family}, level ${level}, an expert takes ${minutes} minutes`);
  if (task.covers.length > 0) io.line(`covers ${task.covers.join(', ')}`);
  io.line('');
  io.line(plan === undefined ? await fullInstruction(task) : planInstruction(task, plan));
  io.line('');
  if (plan !== undefined) {
    const rules = [
      ...Object.entries(generalRules),
      ...plan.rules.map(({ id: rule, about }) => [rule, about]),
    ];
    for (const line of table([['RULE', 'SAYS'], ...rules])) io.line(line);
    return 0;
  }
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
