import type { JsonObject, JsonValue } from '../kernel/json.js';
import { bidsPath, entityKey, type BidsName } from './entities.js';

/**
 * Path of a file derived from another one: its entities with changes, which are entities by short key or long name,
 * `suffix`, `datatype` or `extension`. A change to the empty string removes an entity.
 */
export function derivativeName(
  source: BidsName & { readonly datatype?: string },
  changes: Readonly<Record<string, string>>,
): string {
  const entities: Record<string, string> = { ...source.entities };
  let { suffix, extension, datatype } = source;
  for (const [name, value] of Object.entries(changes)) {
    if (name === 'suffix') suffix = value;
    else if (name === 'extension') extension = value;
    else if (name === 'datatype') datatype = value;
    else {
      const key = entityKey(name) ?? name;
      if (value === '') delete entities[key];
      else entities[key] = value;
    }
  }
  return bidsPath({ entities, suffix, extension, ...(datatype === undefined ? {} : { datatype }) });
}

/** `bids:<dataset>:<path>` (BIDS specification, "BIDS URI"); the empty name is the dataset that the URI stands in. */
export function bidsUri(dataset: string, path: string): string {
  return `bids:${dataset}:${path}`;
}

export interface DerivativeDescription {
  readonly name: string;
  readonly generatedBy: readonly JsonObject[];
  /** Name for BIDS URIs and absolute path of the source dataset. */
  readonly source?: { readonly name: string; readonly path: string };
}

/** dataset_description.json of a derivative dataset (BIDS specification, "Derived dataset and pipeline description"). */
export function derivativeDescription({ name, generatedBy, source }: DerivativeDescription): JsonObject {
  const description: Record<string, JsonValue> = {
    Name: name,
    BIDSVersion: '1.10.0',
    DatasetType: 'derivative',
    GeneratedBy: generatedBy,
  };
  if (source !== undefined) {
    description['DatasetLinks'] = { [source.name]: `file://${encodeURI(source.path)}` };
    description['SourceDatasets'] = [{ URL: `file://${encodeURI(source.path)}` }];
  }
  return description;
}
