import { describeChange } from '../engine/explain.js';
import type { Changed, JobDifference, RunDifference } from './diff-runs.js';

export interface DifferenceSection {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What differs between two runs in words, by kind: kinds in which nothing differs are left out. */
export function describeDifference(difference: RunDifference): DifferenceSection[] {
  const { plan, environments, data, jobs, onlyBefore, onlyAfter, ends, numbers } = difference;
  const caused = jobs.filter(({ changes }) => changes.length > 0);
  const following = jobs.filter(({ changes, follows }) => changes.length === 0 && follows.length > 0);
  const unstable = jobs.filter(({ changes, follows }) => changes.length + follows.length === 0);
  const sections: DifferenceSection[] = [
    { title: 'plan', lines: plan.map(changeText) },
    { title: 'environments', lines: environments.map(changeText) },
    { title: 'data', lines: data.map(dataText) },
    { title: 'only before', lines: onlyBefore },
    { title: 'only after', lines: onlyAfter },
    {
      title: 'ends',
      lines: ends.map(
        ({ message, ...change }) => `${changeText(change)}${message === undefined ? '' : `: ${message}`}`,
      ),
    },
    {
      title: 'jobs that were given something else',
      lines: caused.map(
        ({ job, changes, results }) =>
          `${job}  ${changes.map(describeChange).join('; ')}${resultText(results)}`,
      ),
    },
    {
      title: 'jobs that follow from these',
      lines: following.map(({ job, results }) => `${job}${resultText(results)}`),
    },
    { title: 'the same key and another result', lines: unstable.map(({ job }) => job) },
    {
      title: 'numbers',
      lines: numbers.map(({ stage, of, what, before, after }) =>
        [`${stage} ${of}`.trim(), what, `${shown(before)} -> ${shown(after)}`].join('  '),
      ),
    },
  ];
  return sections.filter(({ lines }) => lines.length > 0);
}

function changeText({ what, before, after }: Changed<unknown>): string {
  return `${what}: ${shown(before)} -> ${shown(after)}`;
}

function dataText({ what, before, after }: Changed<string>): string {
  if (before === undefined) return `${what} is new`;
  return after === undefined ? `${what} is gone` : `${what} has other content`;
}

function resultText(results: JobDifference['results']): string {
  return results === 'same' ? '  (same result)' : '';
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/[0-9a-f]{64}/g, (digest) => digest.slice(0, 12));
}
