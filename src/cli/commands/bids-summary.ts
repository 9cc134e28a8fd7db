import { resolve } from 'node:path';
import { indexDataset } from '../../bids/index-dataset.js';
import { summarizeDataset } from '../../bids/summary.js';
import type { CommandContext } from '../context.js';
import { printFindings, table } from '../render.js';

export async function run({ io, signal, cwd }: CommandContext, [root = '.']: string[]): Promise<number> {
  const dataset = await indexDataset(resolve(cwd, root), { signal });
  const summary = await summarizeDataset(dataset);
  if (io.json) {
    io.data({ ...summary, findings: dataset.findings });
    return 0;
  }
  io.line(
    `${io.style('bold', summary.name)}  BIDS ${summary.bids_version}, ${summary.type}, ${dataset.files.length} files`,
  );
  const rows = summary.participants.map((participant) => [
    `  sub-${participant.participant}`,
    participant.sessions.length === 0 ? '' : `${participant.sessions.length} sessions`,
    Object.entries(participant.datatypes)
      .map(
        ([datatype, counts]) =>
          `${datatype}: ${Object.entries(counts)
            .map(([suffix, n]) => `${n} ${suffix}`)
            .join(', ')}`,
      )
      .join('; '),
  ]);
  for (const line of table(rows.slice(0, 60))) io.line(line);
  if (rows.length > 60) io.line(`  ... and ${rows.length - 60} more participants (--json lists all)`);
  for (const note of [...summary.missing, ...summary.odd]) io.line(`${io.style('yellow', 'note')}: ${note}`);
  printFindings(dataset.findings, io, 20);
  return 0;
}
