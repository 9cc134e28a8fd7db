import { errorFinding, type Finding } from '../kernel/findings.js';
import { trialResult, type TrialResult } from './result.js';

export interface ReadResults {
  /** In the order of the file; of a trial that was graded again, its last line alone. */
  readonly results: readonly TrialResult[];
  /** A line that is no result, each with its number: the others stand. */
  readonly findings: readonly Finding[];
}

/** What names a trial: two lines that agree in it are one trial, graded twice. */
export function trialKey(result: TrialResult): string {
  const { task, arm, provider, model, control, trial } = result;
  return JSON.stringify([task, arm, provider, model, control?.kind ?? null, control?.name ?? null, trial]);
}

/** Trials of the text of a `results.jsonl`. `file` is for messages. */
export function readResults(text: string, file: string): ReadResults {
  const findings: Finding[] = [];
  const latest = new Map<string, TrialResult>();
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    const read = readLine(line);
    if ('result' in read) latest.set(trialKey(read.result), read.result);
    else
      findings.push(
        errorFinding(
          'input.malformed',
          `no result of a trial: ${read.problem}`,
          { file, line: index + 1, ...(read.field === undefined ? {} : { field: read.field }) },
          'a JSON object of schema neurobench/result@2 on each line',
        ),
      );
  });
  return { results: [...latest.values()], findings };
}

function readLine(line: string): { result: TrialResult } | { problem: string; field?: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: 'it is not JSON' };
  }
  const parsed = trialResult.safeParse(value);
  if (parsed.success) return { result: parsed.data };
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  return { problem: issue?.message ?? 'unknown', ...(field === '' ? {} : { field }) };
}
