import { join } from 'node:path';
import type { Finding } from '../kernel/findings.js';
import type { JsonObject, JsonValue } from '../kernel/json.js';
import { applicableFiles, entityCount } from './applicable.js';
import type { BidsDataset, BidsFile } from './dataset.js';
import { readJsonFile, type JsonFile } from './json-file.js';

export interface Sidecar {
  /** Merged values, those nearest to the file winning. */
  readonly values: JsonObject;
  /** Paths of the JSON files that were merged, nearest last. */
  readonly sources: readonly string[];
  readonly findings: readonly Finding[];
}

/**
 * The metadata of a file by the inheritance principle (BIDS specification, "The Inheritance Principle"): JSON files
 * from the root of the dataset down to the file's folder, with the same suffix and no entity that the file lacks or
 * has with another value. Values of a lower folder replace those above.
 *
 * More than one in a folder is against the specification. As in bids-validator the file's own sidecar (all entities
 * the same) then stands for the folder; without one all are merged, the one with most entities last, and it is an
 * error where they disagree. Derivatives keep images of several spaces side by side, so there the own sidecar is no
 * finding. Sidecars are read once for a dataset. What is wrong with one is a finding, and the others still count.
 */
export async function sidecarFor(dataset: BidsDataset, file: BidsFile): Promise<Sidecar> {
  const folders = applicableFiles(dataset, file, { suffix: file.suffix, extension: '.json' });
  const values = new Map<string, JsonValue>();
  const sources: string[] = [];
  const findings: Finding[] = [];
  for (const candidates of folders) {
    const own = candidates.find((candidate) => entityCount(candidate) === entityCount(file));
    if (own !== undefined && candidates.length > 1 && dataset.type === 'raw') {
      findings.push(passedOver(own, candidates));
    }
    const merged: SidecarFile[] = [];
    for (const { path } of own === undefined ? candidates : [own]) {
      const read = await readSidecar(dataset, path);
      findings.push(...read.findings);
      for (const before of merged) findings.push(twoInOneFolder(file, before, { path, value: read.value }));
      merged.push({ path, value: read.value });
      sources.push(path);
      for (const [key, value] of Object.entries(read.value)) values.set(key, value);
    }
  }
  return { values: Object.fromEntries(values), sources, findings };
}

interface SidecarFile {
  readonly path: string;
  readonly value: JsonObject;
}

const ONE_IN_A_FOLDER = {
  expected: 'one sidecar at most in each folder that applies to a file',
  suggestion: 'move the more general one a folder up',
};

function passedOver(own: BidsFile, candidates: readonly BidsFile[]): Finding {
  const others = candidates.filter((candidate) => candidate !== own).map(({ path }) => path);
  return {
    code: 'input.invalid',
    severity: 'warning',
    message: `${own.path} has precedence, so that ${others.join(' and ')} in the same folder is passed over`,
    place: { file: own.path },
    ...ONE_IN_A_FOLDER,
  };
}

function twoInOneFolder(file: BidsFile, first: SidecarFile, second: SidecarFile): Finding {
  const differs = Object.keys(second.value).find(
    (key) =>
      Object.hasOwn(first.value, key) &&
      JSON.stringify(first.value[key]) !== JSON.stringify(second.value[key]),
  );
  const both = `${first.path} and ${second.path} both apply to ${file.path}`;
  return {
    code: 'input.invalid',
    severity: differs === undefined ? 'warning' : 'error',
    message: differs === undefined ? both : `${both} and disagree on ${differs}; the second was taken`,
    place: { file: second.path, ...(differs === undefined ? {} : { field: differs }) },
    ...ONE_IN_A_FOLDER,
  };
}

const sidecars = new WeakMap<BidsDataset, Map<string, Promise<JsonFile>>>();

async function readSidecar(dataset: BidsDataset, path: string): Promise<JsonFile> {
  let known = sidecars.get(dataset);
  if (known === undefined) sidecars.set(dataset, (known = new Map()));
  let reading = known.get(path);
  if (reading === undefined) known.set(path, (reading = readJsonFile(join(dataset.root, path), path)));
  return await reading;
}

interface CompanionRule {
  /** The suffix of the file itself where absent. */
  readonly suffix?: string;
  /** The first that is found. */
  readonly extensions: readonly string[];
  /** Entities that the companion may have and the file has not. */
  readonly beyond?: readonly string[];
}

/** What goes with a recording, and by which name (`rules/files` of the BIDS schema). */
const rules = {
  json: { extensions: ['.json'] },
  bval: { extensions: ['.bval'] },
  bvec: { extensions: ['.bvec'] },
  events: { suffix: 'events', extensions: ['.tsv'] },
  physio: { suffix: 'physio', extensions: ['.tsv.gz', '.tsv'], beyond: ['recording'] },
  stim: { suffix: 'stim', extensions: ['.tsv.gz', '.tsv'], beyond: ['recording'] },
  channels: { suffix: 'channels', extensions: ['.tsv'] },
  electrodes: { suffix: 'electrodes', extensions: ['.tsv'], beyond: ['space'] },
  optodes: { suffix: 'optodes', extensions: ['.tsv'], beyond: ['space'] },
  coordsystem: { suffix: 'coordsystem', extensions: ['.json'], beyond: ['space'] },
  aslcontext: { suffix: 'aslcontext', extensions: ['.tsv'] },
  m0scan: { suffix: 'm0scan', extensions: ['.nii.gz', '.nii'] },
  sbref: { suffix: 'sbref', extensions: ['.nii.gz', '.nii'] },
  blood: { suffix: 'blood', extensions: ['.tsv'], beyond: ['recording'] },
} as const satisfies Record<string, CompanionRule>;

export type Companion = keyof typeof rules;

/**
 * The file that goes with another one, by the inheritance principle: of those that apply the one in the lowest folder
 * (gradients and tables are not merged), and there the one that shares most entities. Where several differ in an
 * entity that the file has not, such as the recordings of a physio, it is the first in natural order.
 */
export function companionFor(dataset: BidsDataset, file: BidsFile, kind: Companion): BidsFile | undefined {
  const { suffix = file.suffix, extensions, beyond = [] }: CompanionRule = rules[kind];
  for (const extension of extensions) {
    const lowest = applicableFiles(dataset, file, { suffix, extension, beyond }).at(-1);
    if (lowest === undefined) continue;
    const shared = lowest.map((candidate) => sharedEntities(candidate, file));
    return lowest[shared.indexOf(Math.max(...shared))];
  }
  return undefined;
}

function sharedEntities(candidate: BidsFile, file: BidsFile): number {
  return Object.keys(candidate.entities).filter((key) => Object.hasOwn(file.entities, key)).length;
}
