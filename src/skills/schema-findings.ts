import type { z } from 'zod';
import { errorFinding, type Finding, type Place } from '../kernel/findings.js';

/**
 * What a schema found wrong in a file of a skill, one finding a problem, each with the field as a path
 * (`inputs[2].type`; with the `id` of the list item, where it has one, in the message).
 */
export function schemaFindings(error: z.ZodError, document: unknown, place: Place): Finding[] {
  return error.issues.flatMap((issue) => {
    const paths =
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map((path) => {
      const owner = ownerId(document, path);
      const reason = issue.code === 'unrecognized_keys' ? 'is not a field that is known here' : issue.message;
      return errorFinding(
        'skill.invalid',
        `${fieldPath(path)}${owner === undefined ? '' : ` (of ${owner})`}: ${reason}`,
        { ...place, field: fieldPath(path) },
      );
    });
  });
}

function fieldPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(the whole file)';
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`,
    )
    .join('');
}

/** The `id` of the innermost list item that the path goes through. */
function ownerId(document: unknown, path: readonly PropertyKey[]): string | undefined {
  let found: string | undefined;
  let value = document;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) break;
    value = (value as Record<PropertyKey, unknown>)[part];
    if (typeof part === 'number' && typeof value === 'object' && value !== null && 'id' in value)
      found = typeof value.id === 'string' ? value.id : found;
  }
  return found;
}
