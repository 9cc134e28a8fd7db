import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { NeuroClawError } from '../kernel/errors.js';
import type { CommandContext } from './context.js';

/** The output folder: --out, or the folder the person stands in or below. */
export function outFolder({ cwd }: CommandContext, options: Record<string, unknown>): string {
  if (typeof options['out'] === 'string') return resolve(cwd, options['out']);
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.neuroclaw'))) return folder;
    if (dirname(folder) === folder) break;
  }
  throw new NeuroClawError('usage.arguments', 'no output folder: you do not stand in one', {
    expected: '--out FOLDER, or a folder that `neuroclaw run` has written',
    hint: 'pass --out FOLDER',
  });
}
