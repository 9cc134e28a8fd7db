import type { Task } from '../task/load-task.js';
import type { TaskCheck } from '../task/task.js';
import type { Verdict } from '../verify/request.js';

/** What is known of one required artefact when a trial is over. */
export interface ArtefactState {
  readonly path: string;
  readonly there: boolean;
  /** Its final content is that of a file which a command with status 0 left, or it is an answer that may be written. */
  readonly produced: boolean;
}

export interface ScoreFacts {
  readonly artefacts: readonly ArtefactState[];
  /** The agent was stopped by a limit. */
  readonly stopped: boolean;
  /** The last command of the agent ended well. */
  readonly lastCommandOk: boolean;
  readonly verdicts: readonly Verdict[];
  /** Inputs changed, links out of the folder, a canary, a forged record: any of them. */
  readonly violations: readonly string[];
  /** Paths that were to be left unwritten and were not. */
  readonly forbiddenWrites: readonly string[];
  readonly replay:
    { readonly same: number; readonly required: number; readonly relocated: boolean } | undefined;
  /** Share of the fields of `provenance.json` that are there and true; 0 where a claim is false. */
  readonly provenance: number;
}

export interface Score {
  /** Executability, artefact validity, reproducibility, from 0 to 1, each without the gates: diagnosis. */
  readonly E: number;
  readonly A: number;
  readonly R: number;
  readonly gates: {
    readonly executed: boolean;
    readonly science: boolean;
    readonly format: boolean;
    readonly integrity: boolean;
  };
  /** From 0 to 100. */
  readonly total: number;
  readonly resolved: boolean;
}

/** Parts of R, in tenths: a replay that gives the same, a provenance that is complete and true, a replay at other paths. */
const R_PARTS = { replay: 7, provenance: 2, relocation: 1 } as const;

/**
 * The score of one trial: total = 100 · G_exec · G_sci · G_format · G_integ · (0.25 E + 0.50 A + 0.25 R), with weights
 * of the task. Every gate but that of format is 0 or 1; a failed format check halves. `resolved` needs all four.
 */
export function scoreTrial(task: Pick<Task, 'checks' | 'weights'>, facts: ScoreFacts): Score {
  const executed =
    facts.artefacts.length > 0 && facts.artefacts.every(({ there, produced }) => there && produced);
  const passed = new Set(facts.verdicts.filter(({ ok }) => ok).map(({ id }) => id));
  const all = (wanted: TaskCheck['class']): boolean =>
    task.checks.every((check) => check.class !== wanted || passed.has(check.id));
  const gates = {
    executed,
    science: all('science') && facts.forbiddenWrites.length === 0,
    format: all('format'),
    integrity: facts.violations.length === 0,
  };
  const E = executability(facts);
  const A = validity(task.checks, passed);
  const R = reproducibility(facts);
  return {
    E,
    A,
    R,
    gates,
    total: totalOf({ E, A, R }, gates, task.weights),
    resolved: gates.executed && gates.science && gates.format && gates.integrity,
  };
}

/** The gated total, from 0 to 100: a failed format check halves it, any other shut gate makes it 0. */
export function totalOf(
  { E, A, R }: Pick<Score, 'E' | 'A' | 'R'>,
  gates: Score['gates'],
  weights: Task['weights'],
): number {
  if (!gates.executed || !gates.science || !gates.integrity) return 0;
  return 100 * (gates.format ? 1 : 0.5) * (weights.E * E + weights.A * A + weights.R * R);
}

/** Share of the required artefacts that were made by a command, less for an end that was not the agent's own. */
function executability({ artefacts, stopped, lastCommandOk }: ScoreFacts): number {
  if (artefacts.length === 0) return 0;
  const made = artefacts.filter(({ there, produced }) => there && produced).length / artefacts.length;
  return made * (1 - (stopped ? 0.25 : 0) - (lastCommandOk ? 0 : 0.25));
}

function validity(checks: readonly TaskCheck[], passed: ReadonlySet<string>): number {
  const weight = (list: readonly TaskCheck[]): number => list.reduce((sum, check) => sum + check.weight, 0);
  const total = weight(checks);
  return total === 0 ? 0 : weight(checks.filter(({ id }) => passed.has(id))) / total;
}

function reproducibility({ replay, provenance }: ScoreFacts): number {
  const same = replay === undefined || replay.required === 0 ? 0 : replay.same / replay.required;
  const relocated = replay?.relocated === true ? 1 : 0;
  // In tenths: 0.7 + 0.2 + 0.1 is not 1 in binary.
  return (R_PARTS.replay * same + R_PARTS.provenance * provenance + R_PARTS.relocation * relocated) / 10;
}
