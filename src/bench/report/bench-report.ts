import { timeText } from '../../report/sections/words.js';
import type { TrialResult } from '../result.js';
import type { Resampling } from '../statistics/bootstrap.js';
import { cell, text, type Content, type ContentSection, type Figure } from './content.js';
import { entrantsOf } from './entrants.js';
import { boardOf } from './leaderboard.js';
import { pageOfContent } from './page.js';
import { markdownOf } from './markdown.js';
import { breakdownSection } from './sections/breakdown.js';
import { comparisonsSection } from './sections/comparisons.js';
import { controlsSection } from './sections/controls.js';
import { costSection } from './sections/cost.js';
import { failuresSection, type TraceOf } from './sections/failures.js';
import { leaderboardSection } from './sections/leaderboard.js';
import { stabilitySection } from './sections/stability.js';

export interface BenchReportInput {
  /** `public`, `held-out`: boards of different suites are never one. */
  readonly suite: string;
  /** Of the benchmark. */
  readonly version: string;
  /** Of the checkout, with `-dirty` where it was changed; '' where it is not known. */
  readonly commit: string;
  /** ISO 8601, when the run started. */
  readonly date: string;
  /** Where the answers came from: asked live, from a recorded tape, or no model at all. */
  readonly source: 'live' | 'recorded' | 'no-model';
  readonly results: readonly TrialResult[];
  /** Tasks that could not be tried, with the reason: missing data, quarantine. They are no failures. */
  readonly missing?: readonly { readonly task: string; readonly reason: string }[];
  readonly traceOf?: TraceOf;
  /** For tests: the defaults are those of the benchmark. */
  readonly resampling?: Resampling;
}

export interface BenchReport {
  /** One page that needs nothing beside it but the traces it links to. */
  readonly html: string;
  /** It names its figures as `figures/<name>.svg`. */
  readonly markdown: string;
  readonly figures: readonly { readonly name: string; readonly svg: string }[];
}

/** Leaderboard, comparisons, cost and failures of a run of the benchmark. The same for the same results, to the byte. */
export async function benchReport(input: BenchReportInput): Promise<BenchReport> {
  const content = await contentOf(input);
  const figures = content.sections.flatMap(({ blocks }) =>
    blocks.filter((block): block is Figure => block.kind === 'figure'),
  );
  return {
    html: pageOfContent(content),
    markdown: markdownOf(content),
    figures: figures.map(({ name, svg }) => ({ name: `${name}.svg`, svg })),
  };
}

const SOURCES: Readonly<Record<BenchReportInput['source'], string>> = {
  live: 'live: providers were asked',
  recorded: 'recorded: answers of a model were replayed, no provider was asked',
  'no-model': 'no model was asked',
};

async function contentOf(input: BenchReportInput): Promise<Content> {
  const { suite, version, commit, date, source, results, missing = [], resampling = {} } = input;
  const entrants = entrantsOf(results);
  const board = boardOf(entrants, resampling);
  const tested = board.rows.map(({ entrant }) => entrant);
  const sections: (ContentSection | undefined)[] = [
    await leaderboardSection(board),
    comparisonsSection(tested, resampling),
    breakdownSection(tested),
    await costSection(board),
    stabilitySection(tested, resampling),
    failuresSection(tested, input.traceOf ?? (() => undefined)),
    missingSection(missing),
    controlsSection(results),
  ];
  return {
    title: `NeuroBench: ${suite}`,
    facts: [
      ['Suite', suite],
      ['Version', version],
      ['Date', timeText(date)],
      ['Commit', commit === '' ? 'unknown' : commit],
      ['Answers', SOURCES[source]],
      ['Under test', String(entrants.length)],
      ['Trials', String(tested.reduce((sum, { trials }) => sum + trials.length, 0))],
    ],
    sections: sections.filter((section) => section !== undefined),
  };
}

function missingSection(missing: NonNullable<BenchReportInput['missing']>): ContentSection | undefined {
  if (missing.length === 0) return undefined;
  return {
    id: 'missing',
    title: 'Tasks not tried',
    blocks: [
      text('These are in no denominator: nobody failed them.', 'warn'),
      {
        kind: 'table',
        columns: [{ title: 'task' }, { title: 'reason' }],
        rows: missing.map(({ task, reason }) => [cell(task), cell(reason)]),
      },
    ],
  };
}
