import type { Job } from '../planning/job.js';

/** How a job ended for those that need it. */
export type JobVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/**
 * Runs every job once all jobs it needs have ended well; the others are handed to `skip` with the reason.
 * `work` is called for as many jobs at once as are ready; what limits them is inside (see ResourcePool).
 * Stops handing out jobs when the signal aborts and resolves when what was under way has ended.
 */
export async function walkGraph(
  jobs: readonly Job[],
  work: (job: Job, depth: number) => Promise<JobVerdict>,
  skip: (job: Job, reason: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const depth = new Map<string, number>();
  const missing = new Map<string, number>();
  const followers = new Map<string, Job[]>();
  for (const job of jobs) {
    missing.set(job.id, job.needs.length);
    depth.set(job.id, Math.max(0, ...job.needs.map((need) => (depth.get(need) ?? 0) + 1)));
    for (const need of job.needs) followers.set(need, [...(followers.get(need) ?? []), job]);
  }
  const blocked = new Map<string, string>();
  const underWay = new Set<Promise<void>>();
  // A stack: followers go before untouched items, so that one participant is finished before the next begins.
  const ready = jobs.filter((job) => job.needs.length === 0).reverse();
  let defect: Error | undefined;

  const settle = (job: Job, verdict: JobVerdict): void => {
    for (const follower of followers.get(job.id) ?? []) {
      if (!verdict.ok) blocked.set(follower.id, blocked.get(follower.id) ?? `${job.id} ${verdict.reason}`);
      const left = (missing.get(follower.id) ?? 1) - 1;
      missing.set(follower.id, left);
      if (left === 0) ready.push(follower);
    }
  };

  while ((ready.length > 0 && !signal.aborted && defect === undefined) || underWay.size > 0) {
    while (ready.length > 0 && !signal.aborted && defect === undefined && underWay.size < IN_FLIGHT) {
      const job = ready.pop() as Job;
      const reason = blocked.get(job.id);
      if (reason !== undefined) {
        skip(job, reason);
        settle(job, { ok: false, reason: 'was skipped' });
        continue;
      }
      const running = work(job, depth.get(job.id) ?? 0)
        .then((verdict) => settle(job, verdict))
        .catch((error: unknown) => {
          defect ??= error instanceof Error ? error : new Error(String(error));
        })
        .finally(() => underWay.delete(running));
      underWay.add(running);
    }
    if (underWay.size > 0) await Promise.race(underWay);
  }
  if (defect !== undefined) throw defect;
}

/** Jobs that may be prepared (inputs hashed, store looked up) or wait for resources at one time. */
const IN_FLIGHT = 64;
