import { cell, numberCell, text, UNKNOWN, type Block, type ContentSection } from '../content.js';
import { paretoFront } from '../cost.js';
import { costFigure } from '../figures.js';
import type { Board } from '../leaderboard.js';

/** What trials of track A cost, and who is cheapest for what is resolved. */
export async function costSection({ rows }: Board): Promise<ContentSection> {
  const points = rows.flatMap(({ entrant, resolved, cost }) =>
    resolved === undefined || cost.usdPerTrial === undefined
      ? []
      : [{ name: entrant.name, cost: cost.usdPerTrial, success: resolved }],
  );
  const front = new Set(paretoFront(points).map(({ name }) => name));
  const figure = await costFigure(points);
  const blocks: Block[] = figure === undefined ? [] : [figure];
  const unknown = rows.filter(({ trials, cost }) => trials > 0 && cost.usdPerTrial === undefined);
  if (unknown.length > 0)
    blocks.push(
      text(
        `Not in the chart, because the cost of some of their trials is unknown: ${unknown
          .map(({ entrant, trials, cost }) => `${entrant.name} (${cost.unknown} of ${trials} trials)`)
          .join(', ')}.`,
        'warn',
      ),
    );
  blocks.push({
    kind: 'table',
    columns: [
      { title: 'who' },
      { title: 'US dollars a trial', number: true },
      {
        title: 'US dollars a resolved trial',
        number: true,
        about: 'all that was spent, over what was resolved',
      },
      { title: 'tokens a trial', number: true, about: 'input and output' },
      { title: 'seconds a trial', number: true },
      { title: 'Pareto front', about: 'nobody is both cheaper and better' },
    ],
    rows: rows
      .filter(({ trials }) => trials > 0)
      .map(({ entrant, cost, resolved }) => [
        cell(entrant.name),
        numberCell(cost.usdPerTrial, 4),
        numberCell(cost.usdPerResolved, 4, resolved === 0 ? 'none resolved' : UNKNOWN),
        numberCell(cost.tokensPerTrial, 0),
        numberCell(cost.wallS, 1),
        cell(cost.usdPerTrial === undefined ? UNKNOWN : front.has(entrant.name) ? 'yes' : 'no'),
      ]),
  });
  return { id: 'cost', title: 'Cost', blocks };
}
