import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Benchmark } from '../../app/benchmark.js';
import { checkTask, type ControlOutcome } from '../../bench/controls/check-task.js';
import { missingData } from '../../bench/materials/materialize.js';
import { checkPlanTask, type PlanOutcome } from '../../bench/plans/load-plan.js';
import { taskNamed } from '../../bench/task/load-task.js';
import type { Skill } from '../../skills/skill.js';
import type { CommandContext } from '../context.js';
import { wholeNumber } from '../whole-number.js';

export async function run(
  { io, app, signal, version, cwd }: CommandContext,
  names: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const benchmark = new Benchmark(app);
  const loaded = await benchmark.tasks();
  const tasks = names.length > 0 ? names.map((name) => taskNamed(loaded, name)) : [...loaded.tasks.values()];
  const repeat = wholeNumber('--repeat', options['repeat']) ?? 1;
  const seed = wholeNumber('--seed', options['seed']);
  const shared = app.settings.values.benchData;
  const keep = typeof options['keep'] === 'string' ? resolve(cwd, options['keep']) : undefined;
  const folder = keep ?? (await mkdtemp(join(tmpdir(), 'neurobench-')));
  const skills = async (): Promise<Skill[]> => [...(await app.skills()).skills.values()];
  const report: { task: string; missing?: string; outcomes: ControlOutcome[] }[] = [];
  try {
    for (const task of tasks.filter(({ track }) => track !== 'B')) {
      if (task.track === 'P') {
        io.note(task.id);
        const outcomes = (await checkPlanTask(task, await skills())).map(planOutcome);
        for (const outcome of outcomes) io.note(`  ${lineOf(outcome)}`);
        report.push({ task: task.id, outcomes });
        continue;
      }
      const missing = missingData(task, shared);
      if (missing !== undefined) {
        io.note(`${task.id}: not checked, ${missing}`);
        report.push({ task: task.id, missing, outcomes: [] });
        continue;
      }
      io.note(task.id);
      const outcomes = await checkTask(task, {
        folder: join(folder, task.id),
        shared,
        ...(seed === undefined ? {} : { seed }),
        repeat,
        hostile: options['hostile'] === true,
        keep: keep !== undefined,
        environments: await benchmark.environmentsOf(task),
        verifier: await benchmark.verifier(),
        version,
        secrets: app.secrets(),
        signal,
        onOutcome: (outcome) => io.note(`  ${lineOf(outcome)}`),
      });
      report.push({ task: task.id, outcomes });
    }
  } finally {
    if (keep === undefined) await rm(folder, { recursive: true, force: true });
  }
  const outcomes = report.flatMap((one) => one.outcomes);
  const wrong = outcomes.filter(({ problem }) => problem !== undefined).length;
  if (io.json) io.data(report);
  else
    io.line(
      `${report.length} tasks, ${outcomes.length} controls, ${wrong} not as they must be` +
        (report.some(({ missing }) => missing !== undefined) ? '; some tasks lack their data' : ''),
    );
  return wrong > 0 || loaded.findings.length > 0 ? 3 : 0;
}

/** A control of a plan: valid or not, without a score, since nothing was executed. */
function planOutcome({ kind, name, findings, problem }: PlanOutcome): ControlOutcome {
  return {
    kind,
    name,
    repeat: 1,
    total: null,
    status: findings.length === 0 ? 'resolved' : 'unresolved',
    failed: [...new Set(findings.map(({ rule }) => rule))],
    problem,
    seconds: 0,
  };
}

function lineOf({ kind, name, total, status, failed, problem, seconds }: ControlOutcome): string {
  const score = total === null ? status : total.toFixed(1).padStart(5);
  const by = failed.length === 0 ? '' : ` (${failed.join(', ')})`;
  const verdict = problem === undefined ? 'as it must be' : `WRONG: ${problem}`;
  return `${kind.padEnd(11)} ${name.padEnd(24)} ${score}  ${seconds.toFixed(1).padStart(5)} s  ${verdict}${by}`;
}
