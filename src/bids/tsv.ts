import { errorFinding, type Finding, type Place } from '../kernel/findings.js';

export interface Tsv {
  readonly columns: readonly string[];
  /** Values as they stand in the file, `n/a` kept. */
  readonly rows: readonly Readonly<Record<string, string>>[];
  readonly findings: readonly Finding[];
}

/** Reads tab-separated values as BIDS writes them: a header, no quotes. A ragged row is a finding with its line. */
export function parseTsv(text: string, place: Place): Tsv {
  const findings: Finding[] = [];
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  while (lines.at(-1) === '') lines.pop();
  const columns = (lines[0] ?? '').split('\t').map((column) => column.trim());
  if (lines.length === 0 || columns.every((column) => column === '')) {
    findings.push(
      errorFinding('input.malformed', 'the table is empty', { ...place, line: 1 }, 'a header line'),
    );
    return { columns: [], rows: [], findings };
  }
  for (const column of columns.filter((name, index) => columns.indexOf(name) !== index)) {
    findings.push(
      errorFinding('input.malformed', `column ${column} stands twice`, { ...place, line: 1, field: column }),
    );
  }
  const rows: Record<string, string>[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '') continue;
    const cells = line.split('\t');
    if (cells.length !== columns.length) {
      findings.push(
        errorFinding(
          'input.malformed',
          `row has ${cells.length} values`,
          { ...place, line: index + 1 },
          `${columns.length} values, tab-separated`,
        ),
      );
      continue;
    }
    rows.push(
      Object.fromEntries(columns.map((column, position) => [column, (cells[position] ?? '').trim()])),
    );
  }
  return { columns, rows, findings };
}
