import { explainParticipant, type ParticipantStory } from '../../engine/explain-participant.js';
import type { JobHistory } from '../../engine/history.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { Memory } from '../memory.js';
import type { Answer, Source } from '../reply.js';
import type { DataView } from '../workplace.js';
import { listed } from './dataset.js';
import { pastRun, type PastRun } from './last-runs.js';

/**
 * Why a participant is not among the results, or why jobs came to nothing: what the plan, its compiling, the trace, the
 * memory and the data say.
 */
export async function excludedAnswer(
  out: string,
  words: string,
  memory: Memory,
  view: DataView | undefined,
): Promise<Answer> {
  const past = await pastRun(out);
  const label = labelIn(words, view);
  const lines = label === undefined ? failures(past) : await reasonsFor(label, out, past, memory, view);
  const sources: Source[] = [
    { kind: 'run', name: past.run },
    ...(view?.kind === 'bids' ? [{ kind: 'dataset' as const, name: view.summary.root }] : []),
  ];
  return {
    kind: 'answer',
    about: 'excluded',
    text: lines.join('\n'),
    facts: { run: past.run, participant: label ?? null, reasons: lines },
    sources,
  };
}

/** `sub-03`, `subject 3`, `participant 03`: as the data write it. */
function labelIn(words: string, view: DataView | undefined): string | undefined {
  const said =
    /\bsub(?:-\s?|\s+)([A-Za-z0-9]+)\b/i.exec(words)?.[1] ??
    /\b(?:participant|subject|patient)\s+(?:number\s+)?([A-Za-z0-9]+)\b/i.exec(words)?.[1];
  if (said === undefined) return undefined;
  const known = view?.kind === 'bids' ? view.dataset.participants.map(({ label }) => label) : [];
  return (
    known.find((each) => each.toLowerCase() === said.toLowerCase()) ??
    known.find((each) => /^\d+$/.test(said) && Number(each) === Number(said)) ??
    said
  );
}

async function reasonsFor(
  label: string,
  out: string,
  { run, plan }: PastRun,
  memory: Memory,
  view: DataView | undefined,
): Promise<string[]> {
  const name = `sub-${label}`;
  const story = await storyOf(out, run, label);
  const { done = 0, planned = 0, reasons = [] } = story ?? {};
  const remembered = memory.exclude.find(({ participant }) => participant === label);
  const lines = [
    ...plan.origin.reasons.flatMap((reason) => (mentions(reason, label) ? [`the plan: ${reason}`] : [])),
    ...reasons.map(({ stage, kind, what, job }) => `${job ?? `stage ${stage}`}, ${kind}: ${what}`),
    ...(remembered === undefined ? [] : [`you had me remember to exclude ${name}: ${remembered.reason}`]),
    ...dataReasons(label, view),
  ];
  if (story?.state === 'complete')
    return [`${name} was not excluded: ${done} jobs of run ${run} are committed`, ...lines];
  if (lines.length === 0)
    return [`nothing in run ${run} says why: it has no job for ${name}, and neither plan nor data name it`];
  const head =
    done > 0
      ? `${name} is in run ${run} in part: ${done} of ${planned} jobs are committed`
      : `${name} is not in the results of run ${run}:`;
  return [head, ...lines.map((line) => `  ${line}`)];
}

/** What a run tells of a participant; undefined where it names none of that label. */
async function storyOf(out: string, run: string, label: string): Promise<ParticipantStory | undefined> {
  try {
    return await explainParticipant(out, run, label);
  } catch (error) {
    if (error instanceof NeuroClawError && error.code === 'run.unknown') return undefined;
    throw error;
  }
}

function dataReasons(label: string, view: DataView | undefined): string[] {
  if (view?.kind !== 'bids') return [];
  const { participants } = view.summary;
  const row = participants.find(({ participant }) => participant === label);
  if (row === undefined)
    return [
      `the dataset has no sub-${label}: it has ${listed(participants.map((each) => each.participant))}`,
    ];
  if (row.files === 0) return [`sub-${label} is listed in participants.tsv and has no files`];
  return [...view.summary.missing, ...view.summary.odd]
    .filter((text) => mentions(text, label))
    .map((text) => `the data: ${text}`);
}

function failures({ run, history }: PastRun): string[] {
  const bad = [...history.jobs.values()].filter((job) => !isDone(job));
  const error =
    history.error === undefined
      ? []
      : [
          `${String(history.error['message'])} [${String(history.error['code'])}]`,
          `  to do: ${String(history.error['hint'])}`,
        ];
  if (bad.length === 0 && error.length === 0)
    return [`nothing of run ${run} was excluded, skipped or failed`];
  return [
    `run ${run}: ${history.outcome ?? 'has not ended'}`,
    ...error,
    ...bad
      .slice(0, 20)
      .flatMap((job) => [
        `  ${job.job} ${job.end ?? 'did not end'}: ${job.message ?? ''}`,
        ...lastWords(job).map((line) => `    it said: ${line}`),
      ]),
    ...(bad.length > 20 ? [`  and ${bad.length - 20} more`] : []),
  ];
}

function lastWords({ stderrTail = '' }: JobHistory): string[] {
  return stderrTail
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-3);
}

function isDone({ end }: JobHistory): boolean {
  return end === 'committed' || end === 'reused';
}

function mentions(text: string, label: string): boolean {
  return new RegExp(`\\bsub-${label}(?![A-Za-z0-9])`).test(text);
}
