import type { JobHistory } from '../../engine/history.js';
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
  const lines = label === undefined ? failures(past) : reasonsFor(label, past, memory, view);
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

function reasonsFor(
  label: string,
  { run, plan, history }: PastRun,
  memory: Memory,
  view: DataView | undefined,
): string[] {
  const name = `sub-${label}`;
  const own = [...history.jobs.values()].filter(({ job }) => mentions(job, label));
  const done = own.filter(isDone);
  const bad = own.filter((job) => !isDone(job));
  const lines: string[] = [];
  for (const reason of plan.origin.reasons) if (mentions(reason, label)) lines.push(`the plan: ${reason}`);
  for (const stage of plan.stages)
    if (stage.participants !== undefined && !stage.participants.includes(label))
      lines.push(`stage ${stage.id} of the plan is for ${listed(stage.participants)} alone`);
  for (const [stage, findings] of history.findings)
    for (const { message, place } of findings) {
      const file =
        typeof place === 'object' && place !== null && 'file' in place ? String(place['file']) : '';
      if (mentions(`${String(message)} ${file}`, label))
        lines.push(`compiling ${stage}: ${String(message)}${file === '' ? '' : ` (${file})`}`);
    }
  for (const job of bad)
    lines.push(`${job.job} ${job.end ?? 'did not end'}: ${job.message ?? 'no reason was written'}`);
  const remembered = memory.exclude.find(({ participant }) => participant === label);
  if (remembered !== undefined) lines.push(`you had me remember to exclude ${name}: ${remembered.reason}`);
  lines.push(...dataReasons(label, view));
  if (own.length > 0 && bad.length === 0)
    return [`${name} was not excluded: ${done.length} jobs of run ${run} are committed`, ...lines];
  if (lines.length === 0)
    return [`nothing in run ${run} says why: it has no job for ${name}, and neither plan nor data name it`];
  const head =
    done.length > 0
      ? `${name} is in run ${run} in part: ${done.length} of ${own.length} jobs are committed`
      : `${name} is not in the results of run ${run}:`;
  return [head, ...lines.map((line) => `  ${line}`)];
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
