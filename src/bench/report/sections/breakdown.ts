import type { TrialResult } from '../../result.js';
import { passAt1 } from '../../statistics/pass-rates.js';
import { cell, percent, text, type Cell, type ContentSection, type Table } from '../content.js';
import { outcomesOf, scoredTrials, type Entrant } from '../entrants.js';

/** Resolved rates of track A by family and by capability. */
export function breakdownSection(entrants: readonly Entrant[]): ContentSection {
  const families = tableBy('By family', 'family', entrants, ({ family }) => [family]);
  const capabilities = tableBy('By capability', 'capability', entrants, ({ capabilities: names }) => names);
  return {
    id: 'breakdown',
    title: 'Families and capabilities',
    blocks: [
      text('Share resolved (pass@1) over tasks of track A. A task counts under each of its capabilities.'),
      families,
      capabilities,
    ],
  };
}

function tableBy(
  title: string,
  head: string,
  entrants: readonly Entrant[],
  namesOf: (trial: TrialResult) => readonly string[],
): Table {
  const scored = entrants.map((entrant) => scoredTrials(entrant));
  const names = [...new Set(scored.flat().flatMap(namesOf))].sort();
  return {
    kind: 'table',
    title,
    columns: [
      { title: head },
      { title: 'tasks', number: true },
      ...entrants.map(({ name }) => ({ title: name, number: true })),
    ],
    rows: names.map((name) => {
      const own = scored.map((trials) => trials.filter((trial) => namesOf(trial).includes(name)));
      const tasks = new Set(own.flat().map(({ task }) => task)).size;
      return [cell(name), cell(String(tasks)), ...own.map((trials) => rateCell(trials, tasks))];
    }),
  };
}

/** A rate; with the number of tasks where some of them have no scored trial. */
function rateCell(trials: readonly TrialResult[], all: number): Cell {
  const outcomes = outcomesOf(trials);
  const rate = passAt1(outcomes);
  if (rate === undefined) return cell('–');
  return cell(percent(rate) + (outcomes.length < all ? ` (${outcomes.length} tasks)` : ''), { value: rate });
}
