import { readTrace } from '../trace/reader.js';

/** Jobs of a run that were started and whose end the trace does not know: key -> job id. */
export async function interruptedJobs(trace: string): Promise<Map<string, string>> {
  const open = new Map<string, string>();
  const keys = new Map<string, string>();
  for await (const event of readTrace(trace)) {
    const { job, key } = event.body;
    if (typeof job !== 'string') continue;
    if (event.type === 'job.started' && typeof key === 'string') {
      open.set(key, job);
      keys.set(job, key);
    } else if (ENDED.has(event.type)) {
      open.delete(keys.get(job) ?? '');
    }
  }
  return open;
}

const ENDED: ReadonlySet<string> = new Set([
  'job.committed',
  'job.rejected',
  'job.failed',
  'job.cancelled',
  'job.retried',
]);

/** Stages of a run that were approved: they need no second yes when the run goes on. */
export async function approvedStages(trace: string): Promise<Set<string>> {
  const approved = new Set<string>();
  for await (const { type, body } of readTrace(trace)) {
    if (type === 'run.approved' && typeof body['stage'] === 'string') approved.add(body['stage']);
  }
  return approved;
}
