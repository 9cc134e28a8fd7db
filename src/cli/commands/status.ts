import { runStatus, type JobStatus } from '../../engine/status.js';
import type { CommandContext } from '../context.js';
import { outFolder } from '../out-folder.js';
import { duration, table } from '../render.js';

export async function run(
  context: CommandContext,
  [name]: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io } = context;
  const status = await runStatus(outFolder(context, options), name);
  if (io.json) {
    io.data(status);
    return 0;
  }
  const color = status.state === 'finished' ? 'green' : status.state === 'running' ? 'cyan' : 'red';
  io.line(`run ${status.run}  ${io.style(color, status.state)}  ${status.title}`);
  if (status.holder !== undefined)
    io.line(`process ${status.holder.pid} on ${status.holder.host} since ${status.holder.since}`);
  io.line(`${count(status.jobs)} of ${status.planned} jobs planned`);
  const shown = status.jobs.filter((job) => job.state !== 'committed' && job.state !== 'reused');
  for (const line of table(shown.map((job) => [`  ${job.state}`, job.job, job.message ?? seconds(job)])))
    io.line(line);
  if (status.state === 'interrupted')
    io.line('the process is gone: `neuroclaw resume` continues where it stopped');
  if (status.runs.length > 1)
    io.line(io.style('dim', `${status.runs.length} runs in this folder: ${status.runs.join(', ')}`));
  return 0;
}

function count(jobs: readonly JobStatus[]): string {
  const byState = new Map<string, number>();
  for (const job of jobs) byState.set(job.state, (byState.get(job.state) ?? 0) + 1);
  return byState.size === 0 ? '0' : [...byState].map(([state, number]) => `${number} ${state}`).join(', ');
}

function seconds(job: JobStatus): string {
  return job.seconds === undefined ? '' : duration(job.seconds);
}
