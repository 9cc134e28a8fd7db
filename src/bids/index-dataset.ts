import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fromFileSystem, nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { isJsonObject, type JsonObject } from '../kernel/json.js';
import type { BidsDataset, BidsFile } from './dataset.js';
import { datatypes, parseBidsName } from './entities.js';
import { ignoreRules } from './ignore.js';
import { readParticipants } from './participants.js';
import { walkFiles } from './walk-files.js';

/**
 * Indexes a dataset: names only, so that 100,000 files take seconds; sidecars are read when they are asked for.
 * Throws input.not-found or input.unreadable for the root itself; everything below it that is wrong is a finding.
 */
export async function indexDataset(
  root: string,
  options: { signal?: AbortSignal } = {},
): Promise<BidsDataset> {
  const absolute = resolve(root);
  try {
    if (!(await stat(absolute)).isDirectory())
      throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  } catch (error) {
    throw fromFileSystem(error, absolute);
  }
  const walked = await walkFiles(absolute, options.signal);
  const findings: Finding[] = [...walked.findings];
  const description = await readDescription(absolute, findings);
  const ignored = await ignoreRules(absolute);
  const files: BidsFile[] = [];
  for (const { path, name } of walked.files) {
    if (ignored(path)) continue;
    const parsed = parseBidsName(name);
    if (parsed === undefined || Object.keys(parsed.entities).length === 0) continue;
    const folder = path.split('/').at(-2);
    const inDatatype = folder !== undefined && datatypes.has(folder);
    files.push({ path, ...parsed, ...(inDatatype ? { datatype: folder } : {}) });
  }
  if (files.length === 0) {
    findings.push(
      errorFinding('input.invalid', 'no file with a BIDS name', { file: absolute }, 'sub-<label>/... files'),
    );
  }
  const participants = await readParticipants(absolute, files, findings);
  const type = description['DatasetType'] === 'derivative' ? 'derivative' : 'raw';
  return { root: absolute, type, description, files, participants, findings };
}

async function readDescription(root: string, findings: Finding[]): Promise<JsonObject> {
  const file = 'dataset_description.json';
  let text: string;
  try {
    text = await readFile(join(root, file), 'utf8');
  } catch (error) {
    const what = nodeErrorCode(error) === 'ENOENT' ? 'is missing' : 'cannot be read';
    findings.push(
      errorFinding('input.invalid', `${file} ${what}`, { file }, 'a JSON file with Name and BIDSVersion'),
    );
    return {};
  }
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
    if (isJsonObject(value)) return value;
    findings.push(errorFinding('input.malformed', `${file} is not an object`, { file }, 'a JSON object'));
  } catch (error) {
    findings.push(
      errorFinding('input.malformed', `${file} is not JSON: ${(error as Error).message}`, { file }),
    );
  }
  return {};
}
