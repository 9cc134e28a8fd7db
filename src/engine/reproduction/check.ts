import { resolve } from 'node:path';
import type { ErrorCode } from '../../kernel/error-codes.js';
import { errorFinding, type Finding } from '../../kernel/findings.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { canonicalJson, type JsonObject } from '../../kernel/json.js';
import type { CompiledStage, Job } from '../../planning/job.js';
import type { Plan } from '../../planning/plan.js';
import { folderDigest } from '../keys.js';
import { outputLayout } from '../layout.js';
import { OutputState, type EngineWorld } from '../session.js';
import type { Reproduction, ReproductionJob } from './record.js';

/**
 * What would keep a run from giving the same keys, found before anything runs: another version of NeuroClaw, data
 * with other content, files too many or too few, other sidecar values, environments or skills. Stages that work on
 * what earlier ones publish are compared afterwards, by their keys.
 */
export async function differencesBefore(
  record: Reproduction,
  plan: Plan,
  world: EngineWorld,
): Promise<Finding[]> {
  if (record.version !== world.version)
    return [
      errorFinding(
        'reproduction.version',
        `the run was made by NeuroClaw ${record.version}, this is ${world.version}`,
        undefined,
        `NeuroClaw ${record.version}`,
      ),
    ];
  const findings = new Map<string, Finding>();
  const say = (finding: Finding): void => void findings.set(finding.message, finding);
  const state = new OutputState(outputLayout(resolve(plan.out)), world, false);
  const recorded = new Map(record.jobs.map((job) => [job.id, job]));
  for (const { id, data } of plan.stages) {
    if ('stage' in data) continue;
    let compiled: CompiledStage;
    try {
      compiled = await world.compile(plan, id);
    } catch (error) {
      if (!(error instanceof NeuroClawError) || error.errorClass === 'internal') throw error;
      say(errorFinding('reproduction.data', error.message, error.place, error.expected));
      continue;
    }
    for (const finding of compiled.findings)
      if (finding.severity === 'error') say({ ...finding, code: 'reproduction.data' });
    for (const job of compiled.jobs) {
      const before = recorded.get(job.id);
      if (before === undefined) say(unlike('reproduction.data', `${job.id} was no job of the run`, job.id));
      else for (const finding of await jobDifferences(job, before, state, record)) say(finding);
    }
    const now = new Set(compiled.jobs.map((job) => job.id));
    for (const job of record.jobs)
      if (job.id.startsWith(`${id}/`) && !now.has(job.id))
        say(unlike('reproduction.data', `${job.id} was a job of the run, and the data give none`, job.id));
  }
  return [...findings.values()];
}

async function jobDifferences(
  job: Job,
  before: ReproductionJob,
  state: OutputState,
  record: Reproduction,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const skill = state.skillOf(job.skill);
  if (job.skill !== before.skill)
    findings.push(
      unlike('reproduction.program', `${job.id} was done by ${before.skill}, now by ${job.skill}`, job.id),
    );
  else if (skill.programDigest() !== before.program)
    findings.push(
      unlike('reproduction.program', `the skill ${job.skill} is another program than that of the run`),
    );
  try {
    const { identity } = await state.environmentOf(skill);
    if (identity.digest !== before.environment) {
      const then = record.environments.find(({ digest }) => digest === before.environment);
      findings.push(
        unlike(
          'reproduction.environment',
          `environment ${identity.name} (${identity.runtime}) is ${identity.digest.slice(0, 12)}, that of the run was ${then?.name ?? ''} (${then?.runtime ?? 'unknown'}) ${before.environment.slice(0, 12)}`,
        ),
      );
    }
  } catch (error) {
    if (!(error instanceof NeuroClawError) || error.errorClass === 'internal') throw error;
    findings.push({
      ...errorFinding('reproduction.environment', error.message, error.place, error.expected),
      suggestion: error.hint,
    });
  }
  findings.push(...(await inputDifferences(job, before, state)));
  for (const [what, then, now] of [
    ['parameter', before.params, job.params],
    ['sidecar value', before.sidecar, job.sidecar],
  ] as const)
    for (const name of changedNames(then, now))
      findings.push(
        unlike(
          'reproduction.data',
          `${job.id}: ${what} ${name} is ${JSON.stringify(now[name] ?? null)}, was ${JSON.stringify(then[name] ?? null)}`,
          job.id,
        ),
      );
  return findings;
}

async function inputDifferences(job: Job, before: ReproductionJob, state: OutputState): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { role, shape, files } of job.inputs) {
    if (!files.every(({ source }) => source.from === 'dataset')) continue;
    const digested: { name: string; sha256: string }[] = [];
    for (const { name, source } of files)
      if (source.from === 'dataset') digested.push({ name, sha256: await state.digests.of(source.path) });
    const now = shape === 'folder' ? [{ name: '', sha256: folderDigest(digested) }] : digested;
    const then = before.inputs.filter((input) => input.role === role);
    const known = new Map(then.map(({ name, sha256 }) => [name, sha256]));
    for (const { name, sha256 } of now) {
      const what = name === '' ? `the files of ${role} of ${job.id}` : name;
      const digest = known.get(name);
      if (digest === undefined) findings.push(unlike('reproduction.data', `${what} was not there`, job.id));
      else if (digest !== sha256)
        findings.push(
          unlike(
            'reproduction.data',
            `${what} has other content: SHA-256 ${sha256.slice(0, 12)}, was ${digest.slice(0, 12)}`,
            job.id,
          ),
        );
      known.delete(name);
    }
    for (const name of known.keys()) findings.push(unlike('reproduction.data', `${name} is missing`, job.id));
  }
  return findings;
}

function changedNames(before: JsonObject, after: JsonObject): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.filter((name) => canonicalJson(before[name] ?? null) !== canonicalJson(after[name] ?? null));
}

function unlike(code: ErrorCode, message: string, job?: string): Finding {
  return errorFinding(code, message, job === undefined ? undefined : { job });
}
