import type { ErrorCode } from './error-codes.js';

/** Where something was found. All fields are optional; give every one that is known. */
export interface Place {
  /** Path as the person knows it (relative to the dataset or absolute). */
  readonly file?: string;
  /** Field inside the file: a JSON path, a column, a header field. */
  readonly field?: string;
  /** 1-based line of a text file. */
  readonly line?: number;
  readonly skill?: string;
  readonly job?: string;
}

export type Severity = 'error' | 'warning' | 'info';

/**
 * What a user's data, plan or result can cause. Findings are values and are returned in lists;
 * only defects and interruptions are thrown.
 */
export interface Finding {
  /** A dotted code: of the error table for problems of the product, of a check (`nifti.finite`) or of a validator. */
  readonly code: string;
  readonly severity: Severity;
  /** What is wrong, in one sentence. */
  readonly message: string;
  readonly place?: Place;
  /** What would be right. */
  readonly expected?: string;
  /** What to do. */
  readonly suggestion?: string;
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === 'error');
}

/** A finding that an error of the table would carry. */
export function errorFinding(code: ErrorCode, message: string, place?: Place, expected?: string): Finding {
  return {
    code,
    severity: 'error',
    message,
    ...(place ? { place } : {}),
    ...(expected === undefined ? {} : { expected }),
  };
}

/** `file, field f, line n` for messages. Empty when nothing is known. */
export function formatPlace(place: Place | undefined): string {
  if (!place) return '';
  const parts: string[] = [];
  if (place.job !== undefined) parts.push(`job ${place.job}`);
  if (place.skill !== undefined) parts.push(`skill ${place.skill}`);
  if (place.file !== undefined)
    parts.push(place.line === undefined ? place.file : `${place.file}:${place.line}`);
  if (place.field !== undefined) parts.push(`field ${place.field}`);
  return parts.join(', ');
}
