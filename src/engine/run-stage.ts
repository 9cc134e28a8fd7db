import { NeuroClawError } from '../kernel/errors.js';
import type { Finding } from '../kernel/findings.js';
import type { JsonValue } from '../kernel/json.js';
import type { CompiledStage } from '../planning/job.js';
import type { Plan } from '../planning/plan.js';
import { decide } from '../planning/policy.js';
import { makersText } from './adoption/adoption.js';
import { usedAdoptions } from './adoption/used.js';
import { datasetPublications } from './describe-dataset.js';
import { walkGraph } from './graph.js';
import { preflight } from './preflight.js';
import { runJob, skipJob } from './run-job.js';
import type { RunRequest } from './run-request.js';
import type { EngineWorld, RunContext } from './session.js';
import { writeStageRecord } from './stage-record.js';
import { runLayout } from './layout.js';

/** Compiles a stage, asks for approval, checks the ground, and runs its jobs. */
export async function runStage(
  plan: Plan,
  stageId: string,
  request: RunRequest,
  world: EngineWorld,
  context: RunContext,
): Promise<CompiledStage> {
  const compiled = await world.compile(plan, stageId);
  const { jobs, findings, pipeline, preset, providers, adaptations } = compiled;
  context.emit({
    type: 'stage.compiled',
    body: {
      stage: stageId,
      pipeline,
      preset,
      providers: providers as unknown as JsonValue,
      jobs: jobs.length,
      findings: findings as unknown as JsonValue,
    },
  });
  for (const choice of providers)
    if (choice.instead_of !== undefined)
      context.emit({ type: 'substitution', body: { stage: stageId, ...choice } });
  for (const adaptation of adaptations)
    context.emit({ type: 'adaptation', body: { stage: stageId, ...adaptation } });
  throwOnErrors(findings, stageId);
  if (jobs.length === 0) {
    throw new NeuroClawError('plan.cannot', `stage ${stageId} has nothing to do`, {
      place: { field: `stages.${stageId}` },
    });
  }
  await preflight(
    jobs.map((job) => job.skill),
    context,
  );
  const adopted = await usedAdoptions(compiled, context.state.layout, context.state.digests);
  for (const { root: _root, makers, ...used } of adopted)
    context.emit({ type: 'adoption.used', body: { stage: stageId, ...used, makers: makersText(makers) } });
  const substitutions = context.state.substitutions();
  for (const { message } of substitutions)
    context.emit({ type: 'environment.substituted', body: { stage: stageId, message } });
  const concerns = [...substitutions, ...consultPolicy(compiled, world, context)];
  if (!(await request.approve(compiled, concerns))) {
    throw new NeuroClawError('policy.approval', `stage ${stageId} was not approved`, {
      place: { field: `stages.${stageId}` },
    });
  }
  const asked = concerns as unknown as JsonValue;
  context.emit({
    type: 'run.approved',
    actor: request.actor,
    body: { stage: stageId, jobs: jobs.length, concerns: asked },
  });
  const opened = context.state.identities().flatMap(({ name }) => world.environments.get(name) ?? []);
  const paths = runLayout(context.state.layout, context.run);
  await writeStageRecord(compiled, context.state.skillOf, opened, paths, adopted);
  for (const publication of datasetPublications(compiled, world.version))
    await context.state.publisher.publish(publication);

  const started = Date.now();
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const stage = { stage: compiled, jobs: byId };
  await context.clock.time(() =>
    walkGraph(
      jobs,
      (job, depth) => runJob(job, depth, stage, context),
      (job, reason) => void skipJob(job, reason, context),
      context.signal,
    ),
  );
  context.state.flush();
  context.emit({
    type: 'stage.finished',
    body: { stage: stageId, seconds: (Date.now() - started) / 1000, counts: context.counts },
  });
  return compiled;
}

/** Throws policy.denied for what never runs; returns what a person must know before saying yes. */
function consultPolicy(compiled: CompiledStage, world: EngineWorld, context: RunContext): readonly Finding[] {
  const runtimes = new Map(context.state.identities().map(({ name, runtime }) => [name, runtime]));
  const { verdict, findings } = decide([compiled], world.policy, {
    skills: world.skills,
    runtimeOf: (environment) => runtimes.get(environment),
  });
  if (verdict !== 'deny') return findings;
  const denied = findings.filter((finding) => finding.severity === 'error');
  throw new NeuroClawError('policy.denied', denied.map((finding) => finding.message).join('; '), {
    findings: denied,
  });
}

function throwOnErrors(findings: readonly Finding[], stageId: string): void {
  const errors = findings.filter((finding) => finding.severity === 'error');
  const first = errors[0];
  if (first === undefined) return;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new NeuroClawError('plan.cannot', `stage ${stageId} cannot run: ${first.message}${more}`, {
    ...(first.place === undefined ? {} : { place: first.place }),
    ...(first.expected === undefined ? {} : { expected: first.expected }),
    ...(first.suggestion === undefined ? {} : { hint: first.suggestion }),
    findings: errors,
  });
}
