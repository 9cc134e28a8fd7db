import { errorFinding, type Finding, type Place } from '../kernel/findings.js';

export interface Tsv {
  readonly columns: readonly string[];
  /** Values as they stand in the file without the spaces around them, `n/a` kept. Rows that are broken are left out. */
  readonly rows: readonly Readonly<Record<string, string>>[];
  /** 1-based line of each row. */
  readonly lines: readonly number[];
  readonly findings: readonly Finding[];
}

/**
 * Reads tab-separated values as BIDS writes them (BIDS specification, "Tabular files"): a header line, no quotes,
 * `n/a` for what is missing. A byte order mark and CRLF line ends are accepted. A row with too few or too many values
 * is a finding with its line, and never shifted into other columns.
 */
export function parseTsv(text: string, place: Place): Tsv {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  const header = lines[0];
  const at = (line: number, field?: string): Place => ({
    ...place,
    line,
    ...(field === undefined ? {} : { field }),
  });
  if (header === undefined) {
    const finding = errorFinding('input.malformed', 'the table is empty', at(1), 'a header line');
    return { columns: [], rows: [], lines: [], findings: [finding] };
  }
  const columns = header.split('\t').map((column) => column.trim());
  const findings = headerFindings(columns, at);
  const rows: Record<string, string>[] = [];
  const rowLines: number[] = [];
  let empty: Place | undefined;
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue;
    const cells = line.split('\t').map((cell) => cell.trim());
    if (cells.length !== columns.length) {
      const said =
        line.trim() === ''
          ? 'the line is empty'
          : `the row has ${cells.length} ${cells.length === 1 ? 'value' : 'values'}`;
      const expected = `${columns.length} values, one tab between two`;
      findings.push(errorFinding('input.malformed', said, at(index + 1), expected));
      continue;
    }
    const gap = cells.indexOf('');
    if (gap >= 0) empty ??= at(index + 1, columns[gap]);
    rows.push(Object.fromEntries(columns.map((column, position) => [column, cells[position] ?? ''])));
    rowLines.push(index + 1);
  }
  if (empty !== undefined) {
    findings.push({
      code: 'input.invalid',
      severity: 'warning',
      message: 'a value is empty',
      place: empty,
      expected: 'n/a for a value that is missing',
    });
  }
  return { columns, rows, lines: rowLines, findings };
}

function headerFindings(columns: readonly string[], at: (line: number, field?: string) => Place): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const column of columns) {
    if (column === '') {
      findings.push(errorFinding('input.malformed', 'a column has no name', at(1), 'a name for each column'));
    } else if (seen.has(column)) {
      findings.push(errorFinding('input.malformed', `the column ${column} is there twice`, at(1, column)));
    }
    seen.add(column);
  }
  const only = columns.length === 1 ? columns[0] : undefined;
  if (only !== undefined && /[,;]|\s{2,}|\S\s\S/.test(only)) {
    findings.push({
      ...errorFinding('input.malformed', 'the header has no tab', at(1), 'columns with one tab between two'),
      suggestion: 'save the table as tab-separated values',
    });
  }
  return findings;
}
