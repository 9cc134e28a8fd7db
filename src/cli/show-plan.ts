import { forecast } from '../planning/forecast.js';
import { NeuroClawError } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import type { CompiledStage } from '../planning/job.js';
import { PRECISE } from '../planning/parameters.js';
import type { Plan } from '../planning/plan.js';
import type { CommandContext } from './context.js';
import type { Io } from './io.js';
import { bytes, duration, printFindings, table } from './render.js';

/** One stage of a plan as `plan --json` gives it. */
export interface ShownStage {
  readonly stage: string;
  readonly pipeline: string;
  readonly jobs: readonly { readonly id: string; readonly skill: string; readonly argv: readonly string[] }[];
  readonly findings: readonly Finding[];
  readonly preset?: string;
  /** Skills that serve capabilities, with reasons. */
  readonly providers?: CompiledStage['providers'];
  readonly adaptations?: CompiledStage['adaptations'];
  /** Set where the stage compiles only once an earlier one is done. */
  readonly after?: string;
}

/** Shows what a plan will do: stages, jobs, forecast, and why it was made so. */
export async function showPlan(plan: Plan, context: CommandContext): Promise<ShownStage[]> {
  const { io, app } = context;
  io.line(`${io.style('bold', plan.title)}\n  into ${plan.out}`);
  for (const reason of plan.origin.reasons) io.line(`  - ${reason}`);
  for (const { what, why_not } of plan.origin.alternatives)
    io.line(io.style('dim', `  not ${what}: ${why_not}`));
  const shown: ShownStage[] = [];
  for (const stage of plan.stages) {
    const pipeline = typeof stage.pipeline === 'string' ? stage.pipeline : stage.pipeline.id;
    if ('stage' in stage.data) {
      io.line(`\n${io.style('bold', `stage ${stage.id}`)}  ${pipeline}, compiled after ${stage.data.stage}`);
      shown.push({ stage: stage.id, pipeline, jobs: [], findings: [], after: stage.data.stage });
      continue;
    }
    for (const naming of stage.naming ?? []) {
      const name = [
        naming.datatype,
        ...Object.entries(naming.entities).map(([key, value]) => `${key}=${value}`),
        naming.suffix,
      ].join(' ');
      io.line(
        `  ${naming.label}: ${naming.action === 'skip' ? 'skipped' : name}  ${io.style('dim', naming.reason)}`,
      );
    }
    try {
      const compiled = await app.compile(plan, stage.id);
      showStage(compiled, io);
      const jobs = compiled.jobs.map(({ id, skill, argv }) => ({ id, skill, argv }));
      const { findings, preset, providers, adaptations } = compiled;
      shown.push({ stage: stage.id, pipeline, jobs, findings, preset, providers, adaptations });
    } catch (error) {
      if (!(error instanceof NeuroClawError)) throw error;
      const finding = errorFinding(error.code, error.message, error.place, error.expected);
      printFindings([finding], io);
      shown.push({ stage: stage.id, pipeline, jobs: [], findings: [finding] });
    }
  }
  return shown;
}

/** Steps of a compiled stage with their numbers of jobs, and what it will take. */
export function showStage(stage: CompiledStage, io: Io): void {
  io.line(
    `\n${io.style('bold', `stage ${stage.stage}`)}  ${stage.pipeline.id} ${stage.pipeline.version} -> ${stage.dataset.folder}`,
  );
  if (stage.preset !== PRECISE) {
    const { about } = stage.definition.presets[stage.preset] ?? {};
    io.line(`  preset ${stage.preset}${about === undefined ? '' : `: ${about}`}`);
  }
  for (const { step, capability, skill, reason } of stage.providers)
    io.line(`  ${step}: ${capability} by ${skill} (${reason})`);
  const steps = new Map<string, { skill: string; count: number; example: string }>();
  for (const job of stage.jobs) {
    const step = steps.get(job.step);
    if (step === undefined) steps.set(job.step, { skill: job.skill, count: 1, example: job.argv.join(' ') });
    else step.count += 1;
  }
  const rows = [...steps].map(([step, { skill, count, example }]) => [
    `  ${step}`,
    skill,
    `${count} ${count === 1 ? 'job' : 'jobs'}`,
    example,
  ]);
  for (const line of table(rows)) io.line(line.slice(0, Math.max(60, io.width)));
  printFindings(stage.findings, io, 20);
  if (stage.jobs.length === 0) return;
  const { seconds, diskMb } = forecast(stage);
  io.line(
    `  ${stage.jobs.length} jobs, about ${duration(seconds)} of tool time, up to ${bytes(diskMb * 1e6)} of disk`,
  );
}
