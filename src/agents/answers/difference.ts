import type { JsonValue } from '../../kernel/json.js';
import { describeDifference } from '../../report/describe-difference.js';
import { diffRuns } from '../../report/diff-runs.js';
import { readRunArtifacts } from '../../report/run-artifacts.js';
import type { Answer } from '../reply.js';
import { plural } from './dataset.js';
import { twoRuns } from './last-runs.js';

/** So many lines of a kind are told; `neuroclaw diff` tells all. */
const SHOWN = 5;

/** What two runs of an output folder differ in, by their plans, the keys of their jobs and their results. */
export async function differenceAnswer(out: string, words: string): Promise<Answer> {
  const [first, second] = twoRuns(out, words);
  const difference = diffRuns(await readRunArtifacts(out, first), await readRunArtifacts(out, second));
  const { before, after, sameJobs } = difference;
  const lines = [
    `from run ${before.run} (${before.outcome}) to run ${after.run} (${after.outcome}):`,
    ...describeDifference(difference).flatMap(({ title, lines: all }) => [
      `${title}:`,
      ...all.slice(0, SHOWN).map((line) => `  ${line}`),
      ...(all.length > SHOWN ? [`  and ${all.length - SHOWN} more`] : []),
    ]),
    sameJobs === 0 ? 'no job is the same in both' : `${plural(sameJobs, 'job')} the same in both`,
  ];
  return {
    kind: 'answer',
    about: 'difference',
    text: lines.join('\n'),
    facts: JSON.parse(JSON.stringify(difference)) as JsonValue,
    sources: [
      { kind: 'run', name: before.run },
      { kind: 'run', name: after.run },
    ],
  };
}
