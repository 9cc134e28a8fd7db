import { writeFileSync } from 'node:fs';
import { chartKinds } from '../pictures/chart-kinds.js';
import type { Kind } from '../pictures/flag-values.js';
import { imageKinds } from '../pictures/image-kinds.js';
import { ToolUsageError, type EmbeddedTool } from '../tool.js';
import { readFlags } from './flags.js';

const kinds: Readonly<Record<string, Kind>> = { ...imageKinds, ...chartKinds };

/**
 * Pictures as SVG: `neuroclaw-pictures KIND --title TEXT ... --out FILE`. What each kind takes is said by its skill,
 * `quality/picture-*`.
 */
export const run: EmbeddedTool = async ([, name, ...args], io) => {
  const kind = Object.hasOwn(kinds, name ?? '') ? kinds[name ?? ''] : undefined;
  if (kind === undefined)
    throw new ToolUsageError(
      `there is no picture of ${name ?? 'nothing'}; ${Object.keys(kinds).join(', ')} are known`,
    );
  const taken = ['--title', '--out', ...kind.flags.split(' ')].map((flag) => [flag, 'value'] as const);
  const flags = readFlags(args, Object.fromEntries(taken));
  writeFileSync(io.writePath(flags.required('--out')), await kind.svg(flags, io));
  return 0;
};
