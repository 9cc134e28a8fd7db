import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.js';
import type { BidsDataset, BidsFile } from './dataset.js';

export interface Sidecar {
  /** Merged values, those nearest to the file winning. */
  readonly values: JsonObject;
  /** Paths of the JSON files, nearest last. */
  readonly sources: readonly string[];
  readonly findings: readonly Finding[];
}

export type Companion = 'json' | 'bval' | 'bvec' | 'events' | 'physio' | 'channels' | 'electrodes';

/**
 * The metadata of a file by the inheritance principle (BIDS specification, "The Inheritance Principle"): JSON files
 * from the root of the dataset down to the file's folder whose suffix is the same and whose entities the file has with
 * equal values. Two that apply in one folder are a finding.
 */
export async function sidecarFor(dataset: BidsDataset, file: BidsFile): Promise<Sidecar> {
  const findings: Finding[] = [];
  const applying = applicable(dataset, file, file.suffix, '.json');
  for (const [index, candidate] of applying.entries()) {
    const before = applying[index - 1];
    if (before !== undefined && folderOf(before) === folderOf(candidate)) {
      findings.push({
        ...errorFinding('input.invalid', `${before.path} and ${candidate.path} both apply to ${file.path}`, {
          file: candidate.path,
        }),
        expected: 'at most one applicable sidecar in each folder',
      });
    }
  }
  const values: Record<string, JsonValue> = {};
  for (const candidate of applying) {
    const read = await readJson(dataset, candidate.path);
    findings.push(...read.findings);
    Object.assign(values, read.value);
  }
  return { values, sources: applying.map((candidate) => candidate.path), findings };
}

/** The file that goes with another one by the inheritance principle, the nearest of several. */
export function companionFor(dataset: BidsDataset, file: BidsFile, kind: Companion): BidsFile | undefined {
  const tabular = kind === 'events' || kind === 'channels' || kind === 'electrodes';
  if (tabular) return applicable(dataset, file, kind, '.tsv').at(-1);
  if (kind === 'physio') return applicable(dataset, file, kind, '.tsv.gz').at(-1);
  return applicable(dataset, file, file.suffix, `.${kind}`).at(-1);
}

/** Files of a suffix and extension that apply to `file`, farthest first. */
function applicable(dataset: BidsDataset, file: BidsFile, suffix: string, extension: string): BidsFile[] {
  const folder = folderOf(file);
  return (candidatesOf(dataset).get(`${suffix}${extension}`) ?? [])
    .filter((candidate) => {
      const own = folderOf(candidate);
      if (own !== '' && folder !== own && !folder.startsWith(`${own}/`)) return false;
      return Object.entries(candidate.entities).every(([key, value]) => file.entities[key] === value);
    })
    .sort((a, b) => depth(a) - depth(b) || Object.keys(a.entities).length - Object.keys(b.entities).length);
}

const candidates = new WeakMap<BidsDataset, Map<string, BidsFile[]>>();

/** Files that can be companions, by suffix and extension: built once for a dataset. */
function candidatesOf(dataset: BidsDataset): Map<string, BidsFile[]> {
  let index = candidates.get(dataset);
  if (index === undefined) {
    index = new Map();
    for (const file of dataset.files) {
      const key = `${file.suffix}${file.extension}`;
      const list = index.get(key);
      if (list === undefined) index.set(key, [file]);
      else list.push(file);
    }
    candidates.set(dataset, index);
  }
  return index;
}

const documents = new WeakMap<
  BidsDataset,
  Map<string, Promise<{ value: JsonObject; findings: Finding[] }>>
>();

async function readJson(
  dataset: BidsDataset,
  path: string,
): Promise<{ value: JsonObject; findings: Finding[] }> {
  let known = documents.get(dataset);
  if (known === undefined) documents.set(dataset, (known = new Map()));
  let reading = known.get(path);
  if (reading === undefined) known.set(path, (reading = readJsonFile(join(dataset.root, path), path)));
  return reading;
}

async function readJsonFile(
  absolute: string,
  path: string,
): Promise<{ value: JsonObject; findings: Finding[] }> {
  try {
    const value: unknown = JSON.parse((await readFile(absolute, 'utf8')).replace(/^\ufeff/, ''));
    if (isJsonObject(value)) return { value, findings: [] };
    return {
      value: {},
      findings: [errorFinding('input.malformed', `${path} is not a JSON object`, { file: path })],
    };
  } catch (error) {
    const message = error instanceof SyntaxError ? `is not JSON: ${error.message}` : 'cannot be read';
    return { value: {}, findings: [errorFinding('input.malformed', `${path} ${message}`, { file: path })] };
  }
}

function folderOf(file: BidsFile): string {
  const slash = file.path.lastIndexOf('/');
  return slash < 0 ? '' : file.path.slice(0, slash);
}

function depth(file: BidsFile): number {
  return file.path.split('/').length;
}
