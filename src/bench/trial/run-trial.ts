import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyTrace } from '../../trace/verify.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { canonicalJson, sha256, type JsonObject } from '../../kernel/json.js';
import type { Materials } from '../materials/materialize.js';
import { trialResult, type TrialResult } from '../result.js';
import { Sandbox, type TaskEnvironment } from '../sandbox/sandbox.js';
import { filesAt, type Listing } from '../sandbox/listing.js';
import { scoreProvenance } from '../score/provenance.js';
import { scoreTrial, type ArtefactState, type Score } from '../score/score.js';
import type { Task } from '../task/load-task.js';
import type { Verification, Verifier } from '../verify/verifier.js';
import type { AgentEnd, AgentUnderTest } from './agent.js';
import { digestInputs } from './digest-inputs.js';
import { failureClass } from './failure-class.js';
import { fullInstruction } from './instruction.js';
import { integrityOf, type Integrity } from './integrity.js';
import { keepArtefacts } from './keep-artefacts.js';
import { TrialRecord } from './record-trial.js';
import { replayTrial, type Replay } from './replay.js';

export interface TrialPlace {
  /** Empty folder of the trial: trace, artifacts, verdicts and result are left in it. */
  readonly folder: string;
  readonly materials: Materials;
  readonly environments: readonly TaskEnvironment[];
  readonly verifier: Verifier;
  /** From 1. */
  readonly trial: number;
  readonly version: string;
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * One agent, one task, once: the agent acts in its sandbox, what it left is verified in another one, its commands are
 * repeated in a third, and all of it is scored. Never rejects for what an agent does.
 */
export async function runTrial(agent: AgentUnderTest, task: Task, place: TrialPlace): Promise<TrialResult> {
  const { folder, materials, signal } = place;
  const started = performance.now();
  const inputs = await digestInputs(materials.inputs);
  const record = await TrialRecord.open(folder, `${task.id}-${place.trial}`, place.secrets);
  record.started(task, { provider: agent.provider, arm: agent.arm }, inputs);
  const sandbox = new Sandbox({
    task,
    folder: join(folder, 'sandbox'),
    inputs: materials.inputs,
    environments: place.environments,
    onStep: (step) => record.step(step),
    signal,
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(task.limits.wall_s * 1000)]);
  const end = await agent.play({
    task,
    instruction: await fullInstruction(task),
    sandbox,
    inputs: materials.inputs,
    steps: record.steps,
    signal: limit,
    asked: (body) => record.asked({ ...body }),
  });
  signal.throwIfAborted();
  const wallS = (performance.now() - started) / 1000;
  const listing = await sandbox.settle();
  await keepArtefacts(
    sandbox.out,
    listing,
    folder,
    task.outputs.map(({ path }) => path),
  );
  const artefacts = artefactStates(task, listing, record);
  const verification = await verifyArtefacts(task, listing, place);
  const provenance = scoreProvenance(await provenanceText(listing, folder), {
    steps: record.steps,
    inputs,
    files: listing.files,
    required: task.outputs.filter(({ required }) => required).map(({ path }) => path),
    threads: task.settings.threads,
  });
  const integrity = await integrityOf(task, {
    listing,
    inputs,
    inputsFolder: materials.inputs,
    artefacts: join(folder, 'artifacts'),
    lies: provenance.lies,
  });
  const commands = record.steps.filter((step) => step.step === 'run');
  const facts = {
    artefacts,
    stopped: end.status === 'timeout' || end.status === 'budget',
    lastCommandOk: commands.at(-1)?.exit.exitCode !== undefined ? commands.at(-1)?.exit.exitCode === 0 : true,
    verdicts: verification.verdicts,
    violations: integrity.violations,
    forbiddenWrites: integrity.forbiddenWrites,
    provenance: provenance.score,
  };
  // A replay costs as much as the trial: only what passes everything else is worth it.
  const before = scoreTrial(task, { ...facts, replay: undefined });
  const replay =
    before.gates.executed && before.gates.science && before.gates.integrity
      ? await replayTrial(agent, record.steps, { ...place, task, inputs: materials.inputs })
      : undefined;
  const score = scoreTrial(task, {
    ...facts,
    replay: replay && {
      same: replay.same.length,
      required: replay.same.length + replay.diff.length,
      relocated: replay.relocated,
    },
  });
  const result = await finish(agent, task, place, record, {
    end,
    score,
    verification,
    integrity,
    replay,
    wallS,
    provenance,
  });
  await writeFile(join(folder, 'result.json'), `${JSON.stringify(result, undefined, 1)}\n`);
  return result;
}

function artefactStates(task: Task, { files }: Listing, record: TrialRecord): ArtefactState[] {
  const made = new Set<string>();
  const written = new Set<string>();
  for (const step of record.steps) {
    if (step.step === 'write') written.add(step.file.sha256);
    else if (step.exit.reason === 'exited' && step.exit.exitCode === 0)
      for (const [, file] of step.changed) made.add(file.sha256);
  }
  return task.outputs
    .filter(({ required }) => required)
    .map(({ path, answer }) => {
      const own = filesAt(files, path);
      return {
        path,
        there: own.length > 0,
        produced:
          own.length > 0 && own.every(({ sha256 }) => made.has(sha256) || (answer && written.has(sha256))),
      };
    });
}

async function verifyArtefacts(task: Task, { files }: Listing, place: TrialPlace): Promise<Verification> {
  const artefacts = Object.fromEntries(
    task.outputs.map(({ path, kind }) => [path, { kind, there: filesAt(files, path).length > 0 }] as const),
  );
  if (task.checks.every(({ file }) => artefacts[file.slice('out/'.length)]?.there !== true)) {
    const evidence = ['it is not there'];
    return { verdicts: task.checks.map(({ id }) => ({ id, ok: false, values: {}, evidence })), seconds: 0 };
  }
  return place.verifier.verify(
    join(place.folder, 'verify'),
    { checks: [...task.checks], artefacts },
    {
      artefacts: join(place.folder, 'artifacts'),
      inputs: place.materials.inputs,
      reference: place.materials.reference,
    },
    place.signal,
  );
}

async function provenanceText({ files }: Listing, folder: string): Promise<string | undefined> {
  const file = files.get('provenance.json');
  if (file === undefined || file.bytes > 5_000_000) return undefined;
  return readFile(join(folder, 'artifacts', 'provenance.json'), 'utf8');
}

interface Outcome {
  readonly end: AgentEnd;
  readonly score: Score;
  readonly verification: Verification;
  readonly integrity: Integrity;
  readonly replay: Replay | undefined;
  readonly wallS: number;
  readonly provenance: { readonly missing: readonly string[]; readonly lies: readonly string[] };
}

async function finish(
  agent: AgentUnderTest,
  task: Task,
  place: TrialPlace,
  record: TrialRecord,
  { end, score, verification, integrity, replay, wallS }: Outcome,
): Promise<TrialResult> {
  const status = statusOf(end, score, verification);
  const failed = status === 'infra_error' || status === 'verifier_error';
  const scores = { E: score.E, A: score.A, R: score.R, total: score.total };
  const head = await record.finish({ status, ...(failed ? {} : { scores }) });
  const chain = await verifyTrace(join(place.folder, 'trace.jsonl'), []);
  const commands = record.steps.filter((step) => step.step === 'run');
  const known = new Map(verification.verdicts.map((verdict) => [verdict.id, verdict]));
  const manifest = await readFile(join(place.folder, 'manifest.json'), 'utf8');
  const result = trialResult.safeParse({
    schema: 'neurobench/result@2',
    task: task.id,
    task_version: task.version,
    family: task.family,
    track: task.track,
    capabilities: task.capabilities,
    trial: place.trial,
    arm: agent.arm,
    provider: agent.provider,
    model: end.model ?? agent.model,
    control: agent.control,
    status,
    scores: failed ? null : scores,
    checks: task.checks.map((check) => {
      const verdict = known.get(check.id);
      return {
        id: check.id,
        class: check.class,
        ok: verdict?.ok ?? false,
        value: (verdict?.values ?? null) as JsonObject | null,
        threshold: check.args,
        evidence: verdict?.evidence.join('; ') ?? verification.failure ?? 'no verdict',
      };
    }),
    failure_class: status === 'resolved' ? null : failureClass(status, score, integrity, end.message),
    integrity: {
      events_complete: chain.events === record.events,
      hash_chain_ok: chain.ok && chain.head.hash === head,
      canary_seen: integrity.canarySeen,
      reads_of_forbidden_paths: null,
      network_attempts: null,
    },
    usage: {
      ...end.usage,
      tool_calls: record.steps.length,
      wall_s: wallS,
      cpu_s: sum(commands.map(({ exit }) => exit.cpuS)),
      max_rss_mb: commands.reduce<number | null>(
        (most, { exit }) => (exit.maxRssMb === undefined ? most : Math.max(most ?? 0, exit.maxRssMb)),
        null,
      ),
    },
    replay:
      replay === undefined ? null : { mode: replay.mode, same: [...replay.same], diff: [...replay.diff] },
    verifier: { version: place.version, seconds: verification.seconds },
    hashes: { trace: head, manifest: sha256(manifest), task: sha256(canonicalJson({ ...task, folder: '' })) },
  });
  if (result.success) return result.data;
  throw new NeuroClawError('internal.bug', `the result of ${task.id} contradicts itself`, {
    cause: result.error,
  });
}

function statusOf(end: AgentEnd, score: Score, verification: Verification): TrialResult['status'] {
  if (end.status === 'infra_error') return 'infra_error';
  // A file that keeps the verifier busy or eats its memory is the agent's; any other end of it is ours.
  if (verification.failure !== undefined && !/timeout|oom/.test(verification.failure))
    return 'verifier_error';
  if (end.status !== 'ended') return end.status;
  return score.resolved ? 'resolved' : 'unresolved';
}

function sum(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
