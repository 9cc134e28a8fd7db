import { pathToFileURL } from 'node:url';
import type { JsonObject, JsonValue } from '../kernel/json.js';
import { bidsPath, entityKey, type BidsName } from './entities.js';

/** The version of the specification that written datasets follow. */
export const BIDS_VERSION = '1.10.0';

/**
 * Path of a file derived from another one: its entities with changes, which are entities by short key or long name,
 * `suffix`, `datatype` or `extension`. A change to the empty string removes an entity or the data type. Throws
 * input.invalid for a label that cannot stand in a name.
 */
export function derivativeName(
  source: BidsName & { readonly datatype?: string | undefined },
  changes: Readonly<Record<string, string>>,
): string {
  const entities: Record<string, string> = { ...source.entities };
  let { suffix, extension, datatype = '' } = source;
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
  return bidsPath({ entities, suffix, extension, datatype });
}

/**
 * `bids:<dataset>:<path>` (BIDS specification, "BIDS URI"); the empty name is the dataset that the URI stands in.
 * Characters that cannot stand in a URI (RFC 3986) are percent-encoded; what BIDS allows in names stays readable.
 */
export function bidsUri(dataset: string, path: string): string {
  return `bids:${datasetLinkName(dataset)}:${path.split('/').map(encodeSegment).join('/')}`;
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll('%2B', '+').replaceAll('%40', '@');
}

/** A name of a dataset as it can stand in a BIDS URI and as a key of `DatasetLinks`. */
export function datasetLinkName(name: string): string {
  return name.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^-+|-+$/g, '');
}

export interface DerivativeDescription {
  readonly name: string;
  /** Programs that made it, each with at least `Name`. */
  readonly generatedBy: readonly JsonObject[];
  /** Name for BIDS URIs and absolute path of the source dataset. */
  readonly source?: { readonly name: string; readonly path: string };
}

/** dataset_description.json of a derivative dataset (BIDS specification, "Derived dataset and pipeline description"). */
export function derivativeDescription({ name, generatedBy, source }: DerivativeDescription): JsonObject {
  const description: Record<string, JsonValue> = {
    Name: name,
    BIDSVersion: BIDS_VERSION,
    DatasetType: 'derivative',
    GeneratedBy: generatedBy,
  };
  if (source !== undefined) {
    const url = pathToFileURL(source.path).href;
    // The empty name is reserved for the dataset itself.
    description['DatasetLinks'] = { [datasetLinkName(source.name) || 'source']: url };
    description['SourceDatasets'] = [{ URL: url }];
  }
  return description;
}
