import type { Finding } from '../kernel/findings.js';

/** An error that a check found: its code is the name of the check. */
export function problem(
  check: string,
  path: string,
  message: string,
  expected: string,
  field?: string,
): Finding {
  return {
    code: check,
    severity: 'error',
    message,
    expected,
    place: { file: path, ...(field === undefined ? {} : { field }) },
  };
}
