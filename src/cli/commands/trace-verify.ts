import { join } from 'node:path';
import { outputLayout } from '../../engine/layout.js';
import { findRun } from '../../engine/runs.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { readHeads } from '../../trace/heads.js';
import { verifyTrace } from '../../trace/verify.js';
import type { CommandContext } from '../context.js';
import { outFolder } from '../out-folder.js';
import { printFindings } from '../render.js';

export async function run(
  context: CommandContext,
  [name]: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io, app } = context;
  const out = outFolder(context, options);
  const { run: id, paths } = findRun(out, name);
  const files = [outputLayout(out).heads, join(app.settings.values.state, 'heads.jsonl')];
  if (typeof options['heads'] === 'string') files.push(options['heads']);
  const kept = await readHeads(files, id);
  const result = await verifyTrace(paths.trace, kept.heads);
  if (io.json) io.data({ ...result, run: id, trace: paths.trace });
  else {
    printFindings(result.findings, io);
    const heads =
      result.headsUsed.length === 0
        ? 'no head kept elsewhere, so a cut end would not show'
        : `${result.headsUsed.length} kept heads agree`;
    if (result.ok) io.line(`${io.style('green', 'ok')}  ${result.events} events, chain intact, ${heads}`);
    else io.line(`${io.style('red', 'broken')}  ${paths.trace}`);
  }
  return result.ok ? 0 : new NeuroClawError('trace.broken', 'the trace does not verify').exitCode;
}
