import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { EmbeddedTool } from '../tool.js';
import { readFlags } from './flags.js';

/** `neuroclaw-gzip --file FILE --out FILE`: the same bytes, compressed; no name and no time in the gzip header. */
export const run: EmbeddedTool = async (argv, io) => {
  const flags = readFlags(argv.slice(1), { '--file': 'value', '--out': 'value' });
  const from = io.readPath(flags.required('--file'));
  const to = io.writePath(flags.required('--out'));
  await pipeline(
    createReadStream(from, { highWaterMark: 1_048_576 }),
    createGzip({ level: 6 }),
    createWriteStream(to),
  );
  return 0;
};
