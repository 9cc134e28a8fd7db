import type { TrialResult } from '../../result.js';
import { cell, numberCell, text, type Block, type ContentSection } from '../content.js';

type Kind = NonNullable<TrialResult['control']>['kind'];

/** Total that a control must reach or may reach, and whether it must be resolved. */
const EXPECTED: Readonly<Record<Kind, { readonly least?: number; readonly most?: number }>> = {
  oracle: { least: 99 },
  alternative: { least: 95 },
  null: { most: 1 },
  mutant: { most: 5 },
  adversary: { most: 5 },
};

/** Whether a control did what the benchmark rests on: sound ones are resolved, wrong ones are not. */
export function controlHolds({ control, status, scores }: TrialResult): boolean {
  if (control === null || scores === null) return false;
  const { least, most } = EXPECTED[control.kind];
  return least === undefined
    ? status !== 'resolved' && scores.total <= (most ?? 0)
    : status === 'resolved' && scores.total >= least;
}

/** The controls of the same build; undefined where none ran with these results. */
export function controlsSection(results: readonly TrialResult[]): ContentSection | undefined {
  const controls = results.filter(({ control }) => control !== null);
  if (controls.length === 0) return undefined;
  const broken = controls.filter((each) => !controlHolds(each));
  const kinds = Object.keys(EXPECTED) as Kind[];
  const blocks: Block[] = [
    text('Known right and known wrong answers to the tasks. They are in no other number of this report.'),
    broken.length === 0
      ? text(`All ${controls.length} controls came out as they must.`, 'good')
      : text(
          `${broken.length} of ${controls.length} controls came out otherwise than they must: ${broken
            .map(({ task, control }) => `${task} ${control?.kind ?? ''} ${control?.name ?? ''}`.trim())
            .join(', ')}. Scores of these tasks mean nothing.`,
          'bad',
        ),
    {
      kind: 'table',
      columns: [
        { title: 'control' },
        { title: 'must' },
        { title: 'trials', number: true },
        { title: 'lowest total', number: true },
        { title: 'highest total', number: true },
        { title: 'resolved', number: true },
      ],
      rows: kinds.flatMap((kind) => {
        const own = controls.filter(({ control }) => control?.kind === kind);
        const totals = own.flatMap(({ scores }) => scores?.total ?? []);
        const { least, most } = EXPECTED[kind];
        if (own.length === 0) return [];
        return [
          [
            cell(kind),
            cell(least === undefined ? `at most ${most ?? 0}, not resolved` : `at least ${least}, resolved`),
            cell(String(own.length)),
            numberCell(totals.length === 0 ? undefined : Math.min(...totals), 1, '–'),
            numberCell(totals.length === 0 ? undefined : Math.max(...totals), 1, '–'),
            cell(String(own.filter(({ status }) => status === 'resolved').length)),
          ],
        ];
      }),
    },
  ];
  return { id: 'controls', title: 'Controls', blocks };
}
