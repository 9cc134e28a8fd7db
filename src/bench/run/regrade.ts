import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrialResult } from '../result.js';
import { scoreTrial, totalOf } from '../score/score.js';
import type { Task } from '../task/load-task.js';
import type { Materials } from '../materials/materialize.js';
import type { Verifier } from '../verify/verifier.js';

/**
 * Verifies the stored artefacts of a trial anew, with the checks of the task as they are now: nothing is run again.
 * What the trial says of execution, replay and provenance stays as it was seen then.
 */
export async function regrade(
  result: TrialResult,
  task: Task,
  place: {
    /** Folder of the trial. */
    readonly folder: string;
    readonly materials: Materials;
    readonly verifier: Verifier;
    readonly version: string;
    readonly signal: AbortSignal;
  },
): Promise<TrialResult> {
  if (result.scores === null) return result;
  const manifest = JSON.parse(await readFile(join(place.folder, 'manifest.json'), 'utf8')) as {
    files: { path: string }[];
  };
  const there = new Set(manifest.files.map(({ path }) => path));
  const folder = await mkdtemp(join(tmpdir(), 'neurobench-grade-'));
  try {
    const verification = await place.verifier.verify(
      folder,
      {
        checks: [...task.checks],
        artefacts: Object.fromEntries(
          task.outputs.map(({ path, kind }) => [path, { kind, there: there.has(path) }]),
        ),
      },
      {
        artefacts: join(place.folder, 'artifacts'),
        inputs: place.materials.inputs,
        reference: place.materials.reference,
      },
      place.signal,
    );
    // Without verdicts nothing is known anew: what was graded then stands.
    if (verification.failure !== undefined) return result;
    const executed = result.failure_class !== 'not-executed';
    const score = scoreTrial(task, {
      artefacts: [{ path: '', there: executed, produced: executed }],
      stopped: false,
      lastCommandOk: true,
      verdicts: verification.verdicts,
      violations: result.failure_class?.startsWith('integrity') === true ? [result.failure_class] : [],
      forbiddenWrites: result.failure_class === 'invented-data' ? [''] : [],
      replay: undefined,
      provenance: 0,
    });
    const { E, R } = result.scores;
    const ended = result.status === 'resolved' || result.status === 'unresolved';
    const status = ended ? (score.resolved ? 'resolved' : 'unresolved') : result.status;
    const byId = new Map(verification.verdicts.map((verdict) => [verdict.id, verdict]));
    return {
      ...result,
      task_version: task.version,
      status,
      scores: { E, A: score.A, R, total: totalOf({ E, A: score.A, R }, score.gates, task.weights) },
      checks: task.checks.map((check) => ({
        id: check.id,
        class: check.class,
        ok: byId.get(check.id)?.ok ?? false,
        value: (byId.get(check.id)?.values ?? null) as TrialResult['checks'][number]['value'],
        threshold: check.args,
        evidence: byId.get(check.id)?.evidence.join('; ') ?? 'no verdict',
      })),
      failure_class:
        status === 'resolved'
          ? null
          : ended && score.gates.executed && score.gates.integrity && result.failure_class !== 'invented-data'
            ? score.gates.science
              ? 'wrong-format'
              : 'wrong-science'
            : result.failure_class,
      verifier: { version: place.version, seconds: verification.seconds },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
