import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import type { BidsFile, Participant } from './dataset.js';
import { compareNatural } from './natural-order.js';
import { parseTsv } from './tsv.js';

/** Participants of participants.tsv and of the folders, joined; where the two disagree is a finding. */
export async function readParticipants(
  root: string,
  files: readonly BidsFile[],
  findings: Finding[],
): Promise<Participant[]> {
  const folders = new Set(files.flatMap((file) => /^sub-([^/]+)\//.exec(file.path)?.[1] ?? []));
  const rows = await readRows(root, findings);
  for (const label of rows?.keys() ?? []) {
    if (!folders.has(label)) {
      findings.push(warning('participants.tsv', `sub-${label} is listed but has no folder`));
    }
  }
  for (const label of folders) {
    if (rows !== undefined && !rows.has(label))
      findings.push(warning('participants.tsv', `sub-${label} has a folder but is not listed`));
  }
  return [...new Set([...folders, ...(rows?.keys() ?? [])])]
    .sort(compareNatural)
    .map((label) => ({ label, values: rows?.get(label) ?? {}, hasFolder: folders.has(label) }));
}

async function readRows(
  root: string,
  findings: Finding[],
): Promise<Map<string, Record<string, string>> | undefined> {
  const file = 'participants.tsv';
  let text: string;
  try {
    text = await readFile(join(root, file), 'utf8');
  } catch (error) {
    if (nodeErrorCode(error) !== 'ENOENT')
      findings.push(errorFinding('input.unreadable', `${file} cannot be read`, { file }));
    return undefined;
  }
  const table = parseTsv(text, { file });
  findings.push(...table.findings);
  if (!table.columns.includes('participant_id')) {
    findings.push(
      errorFinding('input.invalid', 'column participant_id is missing', { file, line: 1 }, 'participant_id'),
    );
    return undefined;
  }
  const rows = new Map<string, Record<string, string>>();
  for (const row of table.rows) {
    const { participant_id: id = '', ...values } = row;
    rows.set(id.replace(/^sub-/, ''), values);
  }
  return rows;
}

function warning(file: string, message: string): Finding {
  return { code: 'input.invalid', severity: 'warning', message, place: { file } };
}
