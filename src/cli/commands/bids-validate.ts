import { resolve } from 'node:path';
import type { CommandContext } from '../context.js';
import { printFindings } from '../render.js';

export async function run({ io, app, signal, cwd }: CommandContext, [root = '.']: string[]): Promise<number> {
  const { validateDataset } = await import('../../app/validate-dataset.js');
  const report = await validateDataset(resolve(cwd, root), app, signal);
  const errors = report.findings.filter((finding) => finding.severity === 'error').length;
  if (io.json) io.data(report);
  else {
    printFindings(report.findings, io);
    const verdict = errors === 0 ? io.style('green', 'valid') : io.style('red', 'not valid');
    const warnings = report.findings.length - errors;
    io.line(`${verdict}: ${errors} errors, ${warnings} warnings, by ${report.validator} ${report.version}`);
  }
  return errors === 0 ? 0 : 11;
}
