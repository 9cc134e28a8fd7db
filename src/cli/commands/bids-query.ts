import { join, resolve } from 'node:path';
import { indexDataset } from '../../bids/index-dataset.js';
import { queryFiles } from '../../bids/query.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { CommandContext } from '../context.js';

export async function run(
  { io, signal, cwd }: CommandContext,
  [root = '.', ...terms]: string[],
): Promise<number> {
  const pattern: Record<string, string | string[]> = {};
  for (const term of terms) {
    const [, name, value] = /^([A-Za-z]+)=(.*)$/s.exec(term) ?? [];
    if (name === undefined || value === undefined) {
      throw new NeuroClawError('usage.arguments', `cannot read ${term}`, {
        expected: 'entity=value, such as task=rest or suffix=bold,sbref',
      });
    }
    const values = value.split(',');
    pattern[name] = values.length === 1 ? value : values;
  }
  const dataset = await indexDataset(resolve(cwd, root), { signal });
  const files = queryFiles(dataset, pattern);
  if (io.json) io.data(files.map((file) => ({ ...file, absolute: join(dataset.root, file.path) })));
  else for (const file of files) io.line(file.path);
  return 0;
}
