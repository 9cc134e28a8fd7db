import type { Resampling } from '../../statistics/bootstrap.js';
import { overSharedTasks, type System } from '../../statistics/outcomes.js';
import {
  gateOf,
  halvesAgreement,
  withoutEachFamily,
  withOtherWeights,
  type AlteredRanking,
  type WeighedScores,
} from '../../statistics/ranking-stability.js';
import { splitVariance } from '../../statistics/variance-split.js';
import type { TrialResult } from '../../result.js';
import { cell, numberCell, text, type Block, type ContentSection, type Table } from '../content.js';
import { byTask, outcomesOf, scoredTrials, type Entrant } from '../entrants.js';

/** How far the order would be another one with other tasks or weights; undefined with fewer than two to rank. */
export function stabilitySection(
  entrants: readonly Entrant[],
  options: Resampling = {},
): ContentSection | undefined {
  const ranked = entrants
    .map((entrant) => ({ entrant, trials: scoredTrials(entrant) }))
    .filter(({ trials }) => trials.length > 0);
  const systems = overSharedTasks(
    ranked.map(({ entrant, trials }) => ({ name: entrant.name, tasks: outcomesOf(trials) })),
  );
  const shared = new Set(systems[0]?.tasks.map(({ task }) => task));
  if (systems.length < 2 || shared.size < 2) return undefined;
  const blocks: Block[] = [];
  const halves = halvesAgreement(systems, options.seed === undefined ? {} : { seed: options.seed });
  if (halves !== undefined) {
    const undecided =
      halves.undecided === 0 ? '' : `; ${halves.undecided} of them told nobody apart and are left out`;
    blocks.push(
      text(
        halves.undecided === halves.splits
          ? 'No half of the tasks tells anybody apart.'
          : `Kendall's tau between two halves of the tasks: ${halves.mean.toFixed(2)} on average over ${halves.splits} splits (${halves.low.toFixed(2)} to ${halves.high.toFixed(2)}, 5th to 95th percentile)${undecided}.`,
      ),
    );
  }
  const families = withoutEachFamily(systems);
  if (families.length > 0) blocks.push(rankTable('Without one family', 'left out', systems, families));
  const scores = ranked.map(({ trials }) =>
    byTask(trials.filter(({ task }) => shared.has(task))).map((own) => own.flatMap(weighedOf)),
  );
  blocks.push(rankTable('By total, with other weights', 'weights', systems, withOtherWeights(scores)));
  blocks.push(...varianceBlocks(ranked.map(({ trials }) => trials)));
  return { id: 'stability', title: 'Stability of the order', blocks };
}

const weighedOf = ({ scores }: TrialResult): WeighedScores[] =>
  scores === null ? [] : [{ E: scores.E, A: scores.A, R: scores.R, gate: gateOf(scores) }];

function rankTable(
  title: string,
  head: string,
  systems: readonly System[],
  rankings: readonly AlteredRanking[],
): Table {
  return {
    kind: 'table',
    title,
    columns: [
      { title: head },
      ...systems.map(({ name }) => ({ title: name, number: true })),
      { title: 'tau', number: true, about: "Kendall's tau-b with the usual order" },
    ],
    rows: rankings.map(({ change, ranks, tau }) => [
      cell(change),
      ...ranks.map((rank) => cell(String(rank))),
      numberCell(tau, 2, 'all tied'),
    ]),
  };
}

/** Tasks that the seed decides more than the system does. */
function varianceBlocks(trials: readonly (readonly TrialResult[])[]): Block[] {
  const tasks = [...new Set(trials.flat().map(({ task }) => task))].sort();
  const splits = tasks.flatMap((task) => {
    const split = splitVariance(
      trials.map((own) => own.flatMap((each) => (each.task === task ? (each.scores?.total ?? []) : []))),
    );
    return split === undefined ? [] : [{ task, split }];
  });
  if (splits.length === 0) return [text('Capability and seed cannot be told apart without repeated trials.')];
  const noisy = splits.filter(({ split }) => split.ratio !== undefined && split.ratio < 1);
  return [
    text(
      `On ${noisy.length} of ${splits.length} tasks the total varies more from trial to trial than from one to another: these tell little.`,
    ),
    ...(noisy.length === 0
      ? []
      : [
          {
            kind: 'table' as const,
            title: 'Tasks that the seed decides',
            columns: [
              { title: 'task' },
              { title: 'variance of capability', number: true },
              { title: 'variance of seed', number: true },
              { title: 'ratio', number: true },
            ],
            rows: noisy.map(({ task, split }) => [
              cell(task),
              numberCell(split.capability, 1),
              numberCell(split.seed, 1),
              numberCell(split.ratio, 2),
            ]),
          },
        ]),
  ];
}
