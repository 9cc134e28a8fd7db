import { errorClasses, errorCodes, type ErrorClass, type ErrorCode } from './error-codes.js';
import { formatPlace, type Finding, type Place } from './findings.js';

export interface ErrorDetails {
  readonly place?: Place;
  /** What would have been right. */
  readonly expected?: string;
  /** Replaces the hint of the table where a better one is known. */
  readonly hint?: string;
  /** Everything found, where one error stands for several problems. */
  readonly findings?: readonly Finding[];
  readonly cause?: unknown;
}

/** An error that a person can act on: a code of the one table, one sentence, a place, one next step. */
export class NeuroClawError extends Error {
  override readonly name = 'NeuroClawError';
  readonly code: ErrorCode;
  readonly place: Place | undefined;
  readonly expected: string | undefined;
  readonly hint: string;
  readonly findings: readonly Finding[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.place = details.place;
    this.expected = details.expected;
    this.hint = details.hint ?? errorCodes[code].hint ?? errorClasses[errorCodes[code].class].remedy;
    this.findings = details.findings ?? [];
  }

  get errorClass(): ErrorClass {
    return errorCodes[this.code].class;
  }

  get exitCode(): number {
    return errorClasses[this.errorClass].exit;
  }

  /** The shape of an error in every JSON output. */
  toJSON(): Record<string, unknown> {
    return {
      code: this.code,
      class: this.errorClass,
      exit: this.exitCode,
      message: this.message,
      ...(this.place ? { place: this.place } : {}),
      ...(this.expected === undefined ? {} : { expected: this.expected }),
      hint: this.hint,
      ...(this.findings.length > 0 ? { findings: this.findings } : {}),
    };
  }
}

/** The error code of Node (`ENOENT`, `ENOSPC`, ...) of anything thrown. */
export function nodeErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Turns an error of the file system into one a person can act on; anything else passes unchanged. */
export function fromFileSystem(error: unknown, path: string): unknown {
  const place = { file: path };
  switch (nodeErrorCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new NeuroClawError('input.not-found', `${path} does not exist`, { place, cause: error });
    case 'EACCES':
    case 'EPERM':
      return new NeuroClawError('input.unreadable', `${path} may not be read`, { place, cause: error });
    case 'EISDIR':
      return new NeuroClawError('input.invalid', `${path} is a folder`, {
        place,
        expected: 'a file',
        cause: error,
      });
    case 'ENOSPC':
    case 'EDQUOT':
      return new NeuroClawError('job.disk', `no space left while writing ${path}`, { place, cause: error });
    case 'EROFS':
      return new NeuroClawError('preflight.permission', `${path} is on a read-only file system`, {
        place,
        cause: error,
      });
    default:
      return error;
  }
}

/** One line for logs: message and place. */
export function describeError(error: unknown): string {
  if (error instanceof NeuroClawError) {
    const place = formatPlace(error.place);
    return place === '' ? error.message : `${error.message} (${place})`;
  }
  return error instanceof Error ? error.message : String(error);
}
