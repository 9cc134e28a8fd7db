import stringWidth from 'string-width';
import { NeuroClawError } from '../kernel/errors.js';
import { formatPlace, type Finding } from '../kernel/findings.js';
import type { Io } from './io.js';

/** Columns aligned to the widest cell; the last column runs on. */
export function table(rows: readonly (readonly string[])[], gap = 2): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, stringWidth(cell))));
  const pad = (cell: string, column: number): string =>
    cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) + gap - stringWidth(cell)));
  return rows.map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, column))).join(''),
  );
}

export function printFindings(findings: readonly Finding[], io: Io, limit = 50): void {
  for (const finding of findings.slice(0, limit)) {
    const color = finding.severity === 'error' ? 'red' : finding.severity === 'warning' ? 'yellow' : 'cyan';
    const place = formatPlace(finding.place);
    io.line(
      `${io.style(color, finding.severity)}: ${finding.message}${place === '' ? '' : io.style('dim', ` (${place})`)}`,
    );
    if (finding.expected !== undefined) io.line(`  expected: ${finding.expected}`);
    if (finding.suggestion !== undefined) io.line(`  to do: ${finding.suggestion}`);
  }
  if (findings.length > limit) io.line(`... and ${findings.length - limit} more (--json lists all)`);
}

/** What happened, where, what was expected, what to do. A stack only for defects of the product. */
export function printError(error: unknown, io: Io): void {
  if (!(error instanceof NeuroClawError)) {
    io.note(
      `${io.style('red', 'error')}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return;
  }
  const place = formatPlace(error.place);
  io.note(`${io.style('red', 'error')}: ${error.message} [${error.code}]`);
  if (place !== '') io.note(`  where: ${place}`);
  if (error.expected !== undefined) io.note(`  expected: ${error.expected}`);
  if (error.findings.length > 1) {
    for (const finding of error.findings.slice(0, 20)) {
      const where = formatPlace(finding.place);
      io.note(`  - ${finding.message}${where === '' ? '' : ` (${where})`}`);
    }
  }
  io.note(`  to do: ${error.hint}`);
  if (error.errorClass === 'internal' && error.cause instanceof Error) io.note(error.cause.stack ?? '');
}

/** `850 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min ${Math.round(seconds - minutes * 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}
