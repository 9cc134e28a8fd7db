import { describePipeline } from '../../planning/describe-pipeline.js';
import type { CommandContext } from '../context.js';
import { printFindings, table } from '../render.js';

export async function run({ io, app }: CommandContext): Promise<number> {
  const [{ pipelines, findings }, { skills }] = await Promise.all([app.pipelines(), app.skills()]);
  const all = [...pipelines.values()].map((pipeline) => describePipeline(pipeline, skills));
  if (io.json) io.data(all);
  else {
    const rows = all.map(({ id, version, presets, capabilities, title }) => [
      id,
      version,
      presets.map(({ name }) => name).join(', '),
      capabilities.map(({ capability }) => capability).join(', '),
      title,
    ]);
    for (const line of table([['PIPELINE', 'VERSION', 'PRESETS', 'CAPABILITIES', 'WHAT IT DOES'], ...rows]))
      io.line(line);
    printFindings(
      findings.filter(({ severity }) => severity === 'error'),
      io,
      5,
    );
  }
  return 0;
}
