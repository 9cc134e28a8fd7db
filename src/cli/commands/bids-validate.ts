import { resolve } from 'node:path';
import { compareValidators, type ValidatorDifference } from '../../bids/compare-validators.js';
import type { ValidationReport, ValidatorName } from '../../app/validate-dataset.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { CommandContext } from '../context.js';
import { printFindings } from '../render.js';

export async function run(
  { io, app, signal, cwd }: CommandContext,
  [root = '.']: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { validateDataset } = await import('../../app/validate-dataset.js');
  const reports: ValidationReport[] = [];
  for (const name of chosen(options['validator']))
    reports.push(await validateDataset(resolve(cwd, root), app, signal, name));
  const [first, second] = reports;
  const differences =
    first === undefined || second === undefined
      ? undefined
      : compareValidators(first.findings, second.findings);
  if (io.json) io.data(differences === undefined ? first : { reports, differences });
  else {
    for (const report of reports) {
      printFindings(report.findings, io);
      const errors = errorsOf(report);
      const verdict = errors === 0 ? io.style('green', 'valid') : io.style('red', 'not valid');
      const warnings = report.findings.length - errors;
      const schema = report.schema === undefined ? '' : ` (BIDS schema ${report.schema})`;
      io.line(
        `${verdict}: ${errors} errors, ${warnings} warnings, by ${report.validator} ${report.version}${schema}`,
      );
    }
    if (differences !== undefined) for (const line of told(differences)) io.line(line);
  }
  return reports.every((report) => errorsOf(report) === 0) ? 0 : 11;
}

function chosen(option: unknown): readonly ValidatorName[] {
  if (option === undefined || option === 'legacy') return ['legacy'];
  if (option === 'schema') return ['schema'];
  if (option === 'both') return ['legacy', 'schema'];
  throw new NeuroClawError('usage.arguments', `there is no validator ${String(option)}`, {
    expected: 'legacy, schema or both',
  });
}

function errorsOf(report: ValidationReport): number {
  return report.findings.filter((finding) => finding.severity === 'error').length;
}

/** How many files each code concerns that one of them alone reports; errors first. */
function told(differences: readonly ValidatorDifference[]): string[] {
  if (differences.length === 0) return ['both validators say the same'];
  const counts = new Map<string, number>();
  for (const { by, severity, code } of differences) {
    const key = `${severity} ${code}, only by ${by}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [
    'where they differ:',
    ...[...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, count]) => `  ${key}: ${count} files`),
  ];
}
