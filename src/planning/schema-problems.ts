import type { z } from 'zod';
import { nearest } from '../kernel/text.js';

export interface SchemaProblem {
  /** Path such as `steps[2].params.fwhm`. */
  readonly field: string;
  readonly message: string;
  readonly expected?: string;
}

/**
 * What a schema found wrong in a document, one problem a field. Of a union only the branch that came nearest is told;
 * an unknown field comes with the known one that looks like it.
 */
export function problemsOf(error: z.ZodError, document: unknown): SchemaProblem[] {
  const problems = error.issues.flatMap((issue) => problemsOfIssue(issue, [], document));
  const seen = new Set<string>();
  return problems.filter(({ field, message }) => {
    const key = `${field}\n${message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

type Issue = z.core.$ZodIssue;

function problemsOfIssue(issue: Issue, base: readonly PropertyKey[], document: unknown): SchemaProblem[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const owner = valueAt(document, path);
      const near = nearest(key, typeof owner === 'object' && owner !== null ? knownSiblings(issue) : []);
      return {
        field: fieldPath([...path, key]),
        message: `${key} is not a field that is known here`,
        ...(near === undefined ? {} : { expected: `${near}?` }),
      };
    });
  if (issue.code === 'invalid_union' && issue.errors.length > 0)
    return problemsOfUnion(
      issue.errors.map((issues) => issues.flatMap((inner) => problemsOfIssue(inner, path, document))),
      path,
    );
  const value = valueAt(document, path);
  const missing = issue.code === 'invalid_type' && value === undefined;
  return [
    {
      field: fieldPath(path),
      message: missing ? MISSING : issue.message,
      ...(missing
        ? { expected: issue.message.replace(/^Invalid input: expected /, '').replace(/, received.*/, '') }
        : {}),
    },
  ];
}

/** The problems of the form that was meant, where one comes nearer than all others; else that none fits. */
function problemsOfUnion(
  branches: readonly SchemaProblem[][],
  path: readonly PropertyKey[],
): SchemaProblem[] {
  const own = fieldPath(path);
  const told = branches.filter((branch) => branch.length > 0);
  const inner = told.filter((branch) => branch.some(({ field }) => field !== own));
  const [best, next] = [...inner].sort((a, b) => a.length - b.length);
  if (best !== undefined && (next === undefined || best.length < next.length)) return best;
  const missing = inner.flatMap((branch) => branch.find(({ message }) => message === MISSING)?.field ?? []);
  const expected =
    missing.length === told.length
      ? `one of ${missing.map((field) => field.slice(own.length + 1)).join(', ')}`
      : told.flatMap((branch) => branch[0]?.message ?? []).join('; or: ');
  return [{ field: own, message: 'has none of the forms that are allowed here', expected }];
}

const MISSING = 'is missing';

function knownSiblings(issue: Issue): string[] {
  const { inst } = issue as { inst?: { _zod?: { def?: { shape?: object } } } };
  return Object.keys(inst?._zod?.def?.shape ?? {});
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function fieldPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(the whole document)';
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`,
    )
    .join('');
}
