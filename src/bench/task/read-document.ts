import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { z } from 'zod';
import { fromFileSystem, NeuroClawError } from '../../kernel/errors.js';
import { errorFinding } from '../../kernel/findings.js';
import { problemsOf } from '../../planning/schema-problems.js';

/** Reads a YAML or JSON file against a schema. Throws task.invalid with every problem, each with its field. */
export async function readDocument<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fromFileSystem(error, file);
  }
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw broken(
      file,
      `it is not YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`,
    );
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const findings = problemsOf(parsed.error, document).map(({ field, message, expected }) =>
    errorFinding('task.invalid', message, { file, field }, expected),
  );
  throw new NeuroClawError(
    'task.invalid',
    `${file}: ${findings[0]?.message ?? 'it does not fit its schema'}`,
    {
      ...(findings[0]?.place === undefined ? {} : { place: findings[0].place }),
      findings,
    },
  );
}

export function broken(file: string, message: string, field?: string, expected?: string): NeuroClawError {
  const place = { file, ...(field === undefined ? {} : { field }) };
  return new NeuroClawError('task.invalid', `${file}: ${message}`, {
    place,
    ...(expected === undefined ? {} : { expected }),
  });
}
