import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { NeuroClawError } from '../kernel/errors.js';

/**
 * Raw data are read-only: the output folder must not be the dataset, nor lie in it unasked (below its derivatives/ it
 * may). Throws input.invalid. A folder that held an output before is let pass.
 */
export function refuseOutputInData(out: string, data: string, field?: string): void {
  const folder = resolve(out);
  const inside = relative(resolve(data), folder);
  const within =
    inside === '' ||
    (!inside.startsWith('..') && !inside.startsWith('derivatives') && inside !== resolve(inside));
  if (!within || existsSync(join(folder, '.neuroclaw'))) return;
  throw new NeuroClawError('input.invalid', `the output folder ${folder} lies inside the data ${data}`, {
    place: { file: folder, ...(field === undefined ? {} : { field }) },
    expected: 'a folder outside the data, or below its derivatives/',
    hint: 'choose another --out: raw data are never written',
  });
}
