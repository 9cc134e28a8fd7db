import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fromFileSystem } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import type { JsonObject } from '../kernel/json.js';
import type { BidsDataset, BidsFile } from './dataset.js';
import { datatypes, parseBidsName } from './entities.js';
import { ignoreRules } from './ignore.js';
import { readJsonFile } from './json-file.js';
import { misplacedFiles } from './misplaced.js';
import { readParticipants } from './participants.js';
import { walkFiles, type WalkedFile } from './walk-files.js';

export interface IndexOptions {
  readonly signal?: AbortSignal | undefined;
  /** Look up the size of every file as well: one more question to the file system for each. */
  readonly sizes?: boolean;
}

/**
 * Indexes a dataset, raw or derivative, by the names of its files: 100,000 of them take a second or two. Of contents
 * only dataset_description.json, participants.tsv and .bidsignore are read; sidecars are read when they are asked for.
 *
 * Throws input.not-found, input.unreadable or input.invalid for the root itself, and the reason of the signal when it
 * is aborted; everything below the root that is wrong is a finding of the dataset.
 */
export async function indexDataset(root: string, options: IndexOptions = {}): Promise<BidsDataset> {
  const absolute = resolve(root);
  await mustBeFolder(absolute);
  const findings: Finding[] = [];
  const description = await readDescription(absolute, findings);
  const type = isDerivative(absolute, description) ? 'derivative' : 'raw';
  const walk = await walkFiles(absolute, await ignoreRules(absolute, findings), options.signal);
  findings.push(...walk.findings);
  let files = walk.files.map(bidsFile);
  if (options.sizes === true) files = await withSizes(absolute, files);
  findings.push(...misplacedFiles(files));
  if (!files.some(({ entities }) => entities['sub'] !== undefined || entities['tpl'] !== undefined)) {
    findings.push({
      ...errorFinding(
        'input.invalid',
        'there is no file of a participant: no name starts with sub-',
        { file: absolute },
        'sub-<label>/[ses-<label>/]<datatype>/sub-<label>_..._<suffix>.<extension>',
      ),
      suggestion: 'check that this is the root of a BIDS dataset',
    });
  }
  const participants = await readParticipants(absolute, type, walk.folders, files, findings);
  return { root: absolute, type, description, files, participants, findings };
}

async function mustBeFolder(root: string): Promise<void> {
  try {
    if ((await stat(root)).isDirectory()) return;
  } catch (error) {
    throw fromFileSystem(error, root);
  }
  throw fromFileSystem(Object.assign(new Error(`${root} is not a folder`), { code: 'ENOTDIR' }), root);
}

async function readDescription(root: string, findings: Finding[]): Promise<JsonObject> {
  const file = 'dataset_description.json';
  const read = await readJsonFile(join(root, file), file);
  findings.push(...read.findings);
  if (read.findings.length > 0) return {};
  for (const field of ['Name', 'BIDSVersion']) {
    if (typeof read.value[field] === 'string') continue;
    const message = `${file} does not say ${field}`;
    findings.push({
      code: 'input.invalid',
      severity: 'warning',
      message,
      place: { file, field },
      expected: 'a text',
    });
  }
  return read.value;
}

/** Derivatives older than BIDS 1.4 have no DatasetType: PipelineDescription or the folder that they lie in tells. */
function isDerivative(root: string, description: JsonObject): boolean {
  if (typeof description['DatasetType'] === 'string') return description['DatasetType'] === 'derivative';
  return description['PipelineDescription'] !== undefined || basename(dirname(root)) === 'derivatives';
}

function bidsFile({ path, name }: WalkedFile): BidsFile {
  const dot = name.indexOf('.');
  const parsed = parseBidsName(name) ?? {
    entities: {},
    suffix: '',
    extension: dot < 0 ? '' : name.slice(dot),
  };
  const datatype = datatypeOf(path);
  return datatype === undefined ? { path, ...parsed } : { path, ...parsed, datatype };
}

/** The first folder below those of participant and session, or of template and cohort, if it is a data type. */
function datatypeOf(path: string): string | undefined {
  let start = 0;
  for (;;) {
    const end = path.indexOf('/', start);
    if (end < 0) return undefined;
    const folder = path.slice(start, end);
    if (datatypes.has(folder)) return folder;
    if (!/^(sub|ses|tpl|cohort)-/.test(folder)) return undefined;
    start = end + 1;
  }
}

async function withSizes(root: string, files: readonly BidsFile[]): Promise<BidsFile[]> {
  return await Promise.all(
    files.map(async (file) => {
      const found = await stat(join(root, file.path)).catch(() => undefined);
      return found?.isFile() === true ? { ...file, size: found.size } : file;
    }),
  );
}
