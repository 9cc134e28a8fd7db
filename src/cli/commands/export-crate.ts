import { resolve } from 'node:path';
import { NeuroClawError } from '../../kernel/errors.js';
import type { CommandContext } from '../context.js';
import { outFolder } from '../out-folder.js';
import { printFindings } from '../render.js';

export async function run(
  context: CommandContext,
  [name]: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io, cwd, app } = context;
  const { writeCrate } = await import('../../report/crate/write-crate.js');
  if (typeof options['to'] !== 'string')
    throw new NeuroClawError('usage.arguments', 'no folder for the crate', { expected: '--to FOLDER' });
  const crate = await writeCrate({
    out: outFolder(context, options),
    run: name,
    to: resolve(cwd, options['to']),
    results: options['results'] !== false,
    ...(typeof options['license'] === 'string' ? { license: options['license'] } : {}),
    secrets: app.secrets(),
  });
  if (io.json) io.data(crate);
  printFindings(crate.findings, io);
  io.line(`crate of ${crate.files} files written to ${crate.folder}`);
  return 0;
}
