import type { JobRecord } from '../../engine/stage-record.js';
import type { CrateState } from './crate-state.js';

/** Whether a job did anything, in this run or, taken over, in an earlier one. */
export function happened(state: CrateState, job: JobRecord): boolean {
  const { end, started } = state.artifacts.history.jobs.get(job.id) ?? {};
  return started !== undefined || end === 'committed' || end === 'reused';
}
