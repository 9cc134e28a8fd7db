import { z } from 'zod';
import type { TraceEvent } from '../kernel/events.js';

const hex = z.string().regex(/^[0-9a-f]{64}$/);

const eventSchema = z.strictObject({
  v: z.literal(1),
  seq: z.number().int().positive(),
  ts: z.string(),
  run: z.string(),
  span: z.string(),
  parent: z.string(),
  // Any type: a trace of a newer version with more types is still read and verified.
  type: z.string(),
  actor: z.strictObject({ kind: z.enum(['human', 'agent', 'engine']), id: z.string() }),
  body: z.record(z.string(), z.unknown()),
  prev: hex,
  hash: hex,
});

/** The event of one line, or the reason why it is none. The hash is not looked at. */
export function parseTraceLine(line: string): { event: TraceEvent } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: 'it is not JSON' };
  }
  const parsed = eventSchema.safeParse(value);
  if (parsed.success) return { event: parsed.data as TraceEvent };
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  return { problem: `${field === '' ? 'the event' : field}: ${issue?.message ?? 'not a trace event'}` };
}
