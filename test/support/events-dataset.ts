import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A BIDS dataset of `participants` events files with real columns: three short jobs each. */
export function writeEventsDataset(root: string, participants: number): void {
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'dataset_description.json'), '{"Name": "events", "BIDSVersion": "1.10.0"}\n');
  for (let index = 1; index <= participants; index++) {
    const folder = join(root, `sub-${index}`, 'func');
    mkdirSync(folder, { recursive: true });
    const rows = Array.from({ length: 20 }, (_, row) => `${row * 2.5 + index / 1000}\t1\n`).join('');
    writeFileSync(join(folder, `sub-${index}_task-x_events.tsv`), `onset\tduration\n${rows}`);
  }
}

/** A plan of the pipeline `lab/short` over such a dataset. */
export function shortPlan(
  bids: string,
  out: string,
  params: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    schema: 'neuroclaw/plan@1',
    title: 'three short jobs for each events file',
    request: '',
    out,
    origin: { planner: 'test', version: '1', reasons: [], alternatives: [] },
    stages: [{ id: 'short', pipeline: 'lab/short', data: { bids }, select: {}, params }],
  };
}
