import type { Score } from '../score/score.js';
import type { TrialResult } from '../result.js';
import type { Integrity } from './integrity.js';

/** Why a trial is not resolved, in one word for tables: the first gate that is shut, in the order of their weight. */
export function failureClass(
  status: TrialResult['status'],
  { gates }: Score,
  { violations, forbiddenWrites }: Pick<Integrity, 'violations' | 'forbiddenWrites'>,
  message: string | undefined,
): string {
  if (status !== 'unresolved') return message === undefined ? status : `${status}: ${message.slice(0, 200)}`;
  if (!gates.integrity) return `integrity: ${violations[0] ?? ''}`;
  if (!gates.executed) return 'not-executed';
  if (forbiddenWrites.length > 0) return 'invented-data';
  if (!gates.science) return 'wrong-science';
  return 'wrong-format';
}
