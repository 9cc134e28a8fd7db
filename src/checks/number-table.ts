import type { Finding } from '../kernel/findings.js';
import { problem } from './problem.js';

/**
 * Rows of numbers separated by blanks, commas, semicolons or tabs, as MRtrix3 writes matrices and vectors; lines that
 * begin with # are comments. A word that is no finite number is a finding, and stands as NaN.
 */
export function readNumberTable(
  text: string,
  path: string,
  check: string,
): { rows: number[][]; findings: Finding[] } {
  const findings: Finding[] = [];
  const rows: number[][] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = line.split(/[\s,;]+/).filter((word) => word !== '');
    if (words.length === 0 || words[0]?.startsWith('#') === true) continue;
    const row = words.map((word) => (/^[+-]?(\d|\.\d)/.test(word) ? Number(word) : NaN));
    const bad = row.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0 && findings.length === 0) {
      const message = `${JSON.stringify(words[bad])} in line ${index + 1} is no finite number`;
      const finding = problem(check, path, message, 'numbers');
      findings.push({ ...finding, place: { file: path, line: index + 1 } });
    }
    rows.push(row);
  }
  return { rows, findings };
}
