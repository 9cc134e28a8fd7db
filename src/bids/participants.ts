import { join } from 'node:path';
import { nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import type { BidsDataset, BidsFile, Participant } from './dataset.js';
import { unreadable } from './json-file.js';
import { compareNatural } from './natural-order.js';
import { readText } from './read-text.js';
import { parseTsv } from './tsv.js';

const FILE = 'participants.tsv';

type Rows = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** Participants of participants.tsv and of the folders, joined; where the two disagree is a finding. */
export async function readParticipants(
  root: string,
  type: BidsDataset['type'],
  topFolders: readonly string[],
  files: readonly BidsFile[],
  findings: Finding[],
): Promise<Participant[]> {
  const folders = new Set(topFolders.flatMap((name) => (/^sub-./.test(name) ? name.slice(4) : [])));
  const rows = await readRows(root, type, findings);
  if (rows !== undefined) findings.push(...disagreements(folders, rows));
  // Derivatives may lie side by side in one folder.
  const named = files.flatMap((file) => file.entities['sub'] ?? []);
  return [...new Set([...folders, ...named, ...(rows?.keys() ?? [])])]
    .sort(compareNatural)
    .map((label) => ({ label, values: rows?.get(label) ?? {}, hasFolder: folders.has(label) }));
}

async function readRows(
  root: string,
  type: BidsDataset['type'],
  findings: Finding[],
): Promise<Rows | undefined> {
  let text: string;
  try {
    text = await readText(join(root, FILE));
  } catch (error) {
    const finding = await unreadable(error, join(root, FILE), FILE);
    // BIDS recommends it for raw data and asks nothing of derivatives.
    if (nodeErrorCode(error) !== 'ENOENT' || finding.suggestion !== undefined) findings.push(finding);
    else if (type === 'raw') findings.push({ ...finding, severity: 'info' });
    return undefined;
  }
  const table = parseTsv(text, { file: FILE });
  findings.push(...table.findings);
  if (!table.columns.includes('participant_id')) {
    const place = { file: FILE, line: 1, field: 'participant_id' };
    const expected = 'participant_id, with values such as sub-01';
    findings.push(errorFinding('input.invalid', 'the column participant_id is missing', place, expected));
    return undefined;
  }
  const rows = new Map<string, Readonly<Record<string, string>>>();
  for (const [index, row] of table.rows.entries()) {
    const { participant_id: id = '', ...values } = row;
    const place = { file: FILE, line: table.lines[index] ?? 0, field: 'participant_id' };
    const label = id.replace(/^sub-/, '');
    if (label === id) {
      findings.push(warning(`participant_id is ${JSON.stringify(id)}`, place, 'sub- and the label'));
    }
    if (rows.has(label)) {
      findings.push(errorFinding('input.invalid', `${id} is listed twice`, place, 'one row a participant'));
    } else if (label !== '' && label !== 'n/a') {
      rows.set(label, values);
    }
  }
  return rows;
}

function disagreements(folders: ReadonlySet<string>, rows: Rows): Finding[] {
  const findings: Finding[] = [];
  for (const label of rows.keys()) {
    if (folders.has(label)) continue;
    const near = [...folders].find((folder) => sameToTheEye(folder, label));
    const hint = near === undefined ? '' : `; the folder sub-${near} is spelled differently`;
    findings.push(warning(`sub-${label} is listed but has no folder${hint}`, { file: FILE }));
  }
  for (const label of folders) {
    // The empty room of a MEG laboratory is no person.
    if (rows.has(label) || label === 'emptyroom') continue;
    findings.push(warning(`sub-${label} has a folder but is not listed`, { file: FILE }));
  }
  return findings;
}

/** Labels that differ in case or in how accents are encoded (macOS decomposes them) only. */
function sameToTheEye(a: string, b: string): boolean {
  return a.normalize('NFC').toLowerCase() === b.normalize('NFC').toLowerCase();
}

function warning(message: string, place: Finding['place'], expected?: string): Finding {
  return {
    code: 'input.invalid',
    severity: 'warning',
    message,
    ...(place === undefined ? {} : { place }),
    ...(expected === undefined ? {} : { expected }),
  };
}
