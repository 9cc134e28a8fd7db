import { readFile } from 'node:fs/promises';
import { readEvents } from '../../bids/events.js';
import type { BidsDataset } from '../../bids/dataset.js';
import { companionFor } from '../../bids/inheritance.js';
import { compareNatural } from '../../bids/natural-order.js';
import { parseTsv } from '../../bids/tsv.js';
import { errorFinding, type Finding } from '../../kernel/findings.js';
import type { JsonObject } from '../../kernel/json.js';
import type { Pipeline, PipelineParameter } from '../pipeline.js';
import type { Item } from './item.js';
import type { Located } from './located.js';
import type { Missing } from './step-inputs.js';

/** So many names are offered: more are no help. */
const MOST_NAMES = 30;

interface Given {
  readonly dataset: BidsDataset | undefined;
  readonly items: ReadonlyMap<string, readonly Item[]>;
  readonly fixed: ReadonlyMap<string, Located | Missing>;
}

/**
 * A question for each parameter that has no default and was not said, with the names that these data offer for it:
 * conditions of the events, columns of a table, values of a column.
 */
export async function missingParameters(
  pipeline: Pipeline,
  parameters: JsonObject,
  stage: string,
  given: Given,
): Promise<Finding[]> {
  const missing = Object.entries(pipeline.parameters).filter(
    ([name, { required }]) => required === true && parameters[name] === undefined,
  );
  return Promise.all(
    missing.map(async ([name, schema]) => {
      const names = await namesFor(schema.names_in, parameters, given);
      const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : '';
      const offer =
        names.length === 0 ? '' : `. These data have: ${names.slice(0, MOST_NAMES).join(', ')}${more}`;
      return {
        ...errorFinding(
          'plan.question',
          `${pipeline.id} cannot choose ${name} for you`,
          { field: `stages.${stage}.params.${name}` },
          `${schema.description}${offer}`,
        ),
        suggestion: `--set "${name}=..."`,
      };
    }),
  );
}

async function namesFor(
  where: PipelineParameter['names_in'],
  parameters: JsonObject,
  { dataset, items, fixed }: Given,
): Promise<string[]> {
  if (where === undefined) return [];
  const names = new Set<string>();
  if ('events_of' in where) {
    const sources = (items.get(where.events_of) ?? []).flatMap(({ source }) => source ?? []);
    const files = sources.flatMap((source) => (dataset && companionFor(dataset, source, 'events')) ?? []);
    for (const file of new Set(files)) {
      const { events } = dataset === undefined ? { events: [] } : await readEvents(dataset, file);
      for (const { trialType } of events) if (trialType !== undefined) names.add(trialType);
    }
  } else {
    const table = await tableAt(where.table, fixed);
    const column = where.column_named === undefined ? undefined : parameters[where.column_named];
    if (column === undefined) table?.columns.slice(1).forEach((name) => names.add(name));
    else table?.rows.forEach((row) => names.add(row[String(column)] ?? 'n/a'));
  }
  names.delete('n/a');
  return [...names].sort(compareNatural);
}

/** The first of these inputs that is there. What is wrong with it is told where it is read for its job. */
async function tableAt(
  inputs: readonly string[],
  fixed: Given['fixed'],
): Promise<ReturnType<typeof parseTsv> | undefined> {
  for (const name of inputs) {
    const found = fixed.get(name);
    const source = found !== undefined && 'files' in found ? found.files[0]?.source : undefined;
    if (source?.from === 'dataset')
      return parseTsv(await readFile(source.path, 'utf8').catch(() => ''), { file: source.path });
  }
  return undefined;
}
