import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RunStatus } from '../../engine/status.js';
import type { JobCounts } from '../../engine/session.js';
import type { MethodsReply, Results } from '../reply.js';

/** The results of a run, read from its trace and its committed files. Throws run.unknown. */
export async function resultsOf(out: string, name?: string): Promise<Results> {
  const [{ runStatus }, { readRunArtifacts }, { qualityTables }, { findRun }, { shownPictures }] =
    await Promise.all([
      import('../../engine/status.js'),
      import('../../report/run-artifacts.js'),
      import('../../report/quality-numbers.js'),
      import('../../engine/runs.js'),
      import('../../report/shown-pictures.js'),
    ]);
  const status = await runStatus(out, name);
  const { paths } = findRun(out, status.run);
  const report = join(paths.folder, 'report', 'index.html');
  const began = status.jobs.length > 0;
  const artifacts = began ? await readRunArtifacts(out, status.run) : undefined;
  return {
    kind: 'results',
    run: status.run,
    out: status.out,
    outcome: status.state,
    counts: countsOf(status),
    tables: artifacts === undefined ? [] : qualityTables(artifacts),
    datasets: [...new Set(artifacts?.stages.map(({ dataset }) => dataset))],
    unfinished: status.jobs.flatMap(({ job, state, message }) =>
      state === 'committed' || state === 'reused' || state === 'running'
        ? []
        : [{ job, state, message: message ?? '' }],
    ),
    trace: paths.trace,
    pictures: (artifacts === undefined ? [] : shownPictures(artifacts)).flatMap(
      ({ stage, name, title, entities, file }) =>
        file === undefined ? [] : [{ stage, name, title, entities, file }],
    ),
    ...(existsSync(report) ? { report } : {}),
  };
}

function countsOf({ jobs }: RunStatus): Partial<JobCounts> {
  const counts: Record<string, number> = {};
  for (const { state } of jobs) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** The methods paragraph of a run. Throws run.unknown. */
export async function methodsReply(out: string, name?: string): Promise<MethodsReply> {
  const [{ readRunArtifacts }, { methodsOf }] = await Promise.all([
    import('../../report/run-artifacts.js'),
    import('../../report/methods.js'),
  ]);
  const { run, stages, references } = methodsOf(await readRunArtifacts(out, name));
  return { kind: 'methods', run, text: stages.map(({ text }) => text).join('\n\n'), references };
}
