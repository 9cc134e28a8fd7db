import { Benchmark } from '../../app/benchmark.js';
import type { CommandContext } from '../context.js';
import { printFindings, table } from '../render.js';

export async function run({ io, app }: CommandContext): Promise<number> {
  const { tasks, findings } = await new Benchmark(app).tasks();
  const rows = [...tasks.values()].map(({ id, version, track, family, covers, title }) => ({
    id,
    version,
    track,
    family,
    covers,
    title,
  }));
  if (io.json) io.data(rows.map(({ title: _, ...row }) => row));
  else
    for (const line of table([
      ['TASK', 'VERSION', 'TRACK', 'FAMILY', 'TITLE'],
      ...rows.map(({ id, version, track, family, title }) => [id, version, track, family, title]),
    ]))
      io.line(line);
  printFindings(findings, io);
  return findings.length > 0 ? 3 : 0;
}
