import { entityTable } from '../../bids/entities.js';
import type { JsonObject } from '../../kernel/json.js';
import type { SeriesFacts } from './series-facts.js';

/** What a rule makes of a series. Entities by long name, without subject and session. */
export type Verdict =
  | {
      readonly action: 'convert';
      readonly datatype: string;
      readonly suffix: string;
      readonly entities: Readonly<Record<string, string>>;
      /** Keys of its sidecar that other series tell. */
      readonly sidecar?: JsonObject;
      readonly reason: string;
    }
  | { readonly action: 'skip'; readonly reason: string }
  | {
      readonly action: 'ask';
      /** What cannot be told from the header, in one sentence. */
      readonly question: string;
      /** BIDS names that may be meant. */
      readonly names: readonly string[];
    };

/** Looks at one series among all that were scanned; undefined: the rule has nothing to say. */
export type Rule = (facts: SeriesFacts, all: readonly SeriesFacts[]) => Verdict | undefined;

/** `func/task-rest_dir-AP_bold`: a name as the map of a person gives it. */
export function bidsName(
  datatype: string,
  suffix: string,
  entities: Readonly<Record<string, string>>,
): string {
  const parts = entityTable.flatMap(([short, long]) =>
    entities[long] === undefined ? [] : [`${short}-${entities[long]}`],
  );
  return `${datatype}/${[...parts, suffix].join('_')}`;
}

/** Entities without those that are not known. */
export function compact(entities: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entities).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
