import { mkdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { benchReport } from '../../bench/report/bench-report.js';
import { readRun } from '../../bench/run/read-run.js';
import { trialFolder } from '../../bench/run/run-suite.js';
import { writeAtomic } from '../../engine/durable.js';
import type { CommandContext } from '../context.js';
import { printFindings } from '../render.js';

export async function run(
  { io, app, cwd }: CommandContext,
  [name = '']: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { folder, record, results, findings } = await readRun(resolve(cwd, name));
  const { html, markdown, figures } = await benchReport({
    suite: record.suite,
    version: record.version,
    commit: '',
    date: record.started,
    source: record.agents.every(({ model }) => model === null)
      ? 'no-model'
      : app.settings.values.tape === undefined
        ? 'live'
        : 'recorded',
    results,
    missing: record.missing.map(({ id, why }) => ({ task: id, reason: why })),
    traceOf: (result) =>
      relative(folder, join(folder, 'trials', result.task, trialFolder(result.trial, result), 'trace.jsonl')),
  });
  printFindings(findings, io);
  if (options['html'] !== true) {
    if (io.json) io.data({ run: folder, markdown });
    else io.line(markdown);
    return 0;
  }
  const page = join(folder, 'report.html');
  await writeAtomic(page, html);
  await writeAtomic(join(folder, 'report.md'), markdown);
  await mkdir(join(folder, 'figures'), { recursive: true });
  for (const { name: file, svg } of figures) await writeAtomic(join(folder, 'figures', file), svg);
  if (io.json) io.data({ run: folder, page });
  else io.line(page);
  return 0;
}
