import { comparePairs } from '../../statistics/compare.js';
import type { Resampling } from '../../statistics/bootstrap.js';
import { cell, pText, text, type Block, type ContentSection } from '../content.js';
import { outcomesOf, scoredTrials, type Entrant } from '../entrants.js';

const points = (share: number): string => (100 * share).toFixed(1);

/** Every pair on the tasks that both have; undefined with fewer than two to compare. */
export function comparisonsSection(
  entrants: readonly Entrant[],
  options: Resampling = {},
): ContentSection | undefined {
  const pairs = comparePairs(
    entrants
      .map((entrant) => ({ name: entrant.name, tasks: outcomesOf(scoredTrials(entrant)) }))
      .filter(({ tasks }) => tasks.length > 0),
    options,
  );
  if (pairs.length === 0) return undefined;
  const blocks: Block[] = [
    text(
      'Difference of resolved rates in percentage points, first minus second, paired on tasks; 95 % interval by two-level bootstrap (BCa); two-sided sign-flip test on tasks, p by Holm over all pairs; the smallest difference that would be found in 80 % of repeats.',
    ),
    {
      kind: 'table',
      columns: [
        { title: 'first' },
        { title: 'second' },
        { title: 'tasks', number: true },
        { title: 'difference', number: true },
        { title: '95 % interval', number: true },
        { title: 'p', number: true, about: 'exact up to 20 tasks that differ, else 10,000 random flips' },
        { title: 'p (Holm)', number: true },
        { title: 'detectable', number: true },
      ],
      rows: pairs.map(({ a, b, tasks, difference, interval: { bca }, test, adjusted, detectable }) => [
        cell(a),
        cell(b),
        cell(String(tasks)),
        cell(points(difference), { value: difference }),
        cell(`${points(bca.low)} to ${points(bca.high)}`, { value: bca.low }),
        cell(pText(test.p), { value: test.p }),
        cell(pText(adjusted), { value: adjusted, ...(adjusted < 0.05 ? { tone: 'good' as const } : {}) }),
        detectable === undefined ? cell('–') : cell(points(detectable), { value: detectable }),
      ]),
    },
  ];
  return { id: 'comparisons', title: 'Comparisons', blocks };
}
