import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';
import { problemsOf } from '../planning/schema-problems.js';
import type { Usage } from './model.js';

const amount = z.number().nonnegative();

const price = z.strictObject({
  /** Money for a million tokens. */
  input: amount,
  output: amount,
  /** Tokens that the provider read from its cache; absent: as much as input. */
  cached: amount.optional(),
});

/** `prices.json`: `{"currency": "USD", "per_million_tokens": {"openai:gpt-5-mini": {"input": 1, "output": 2}}}`. */
const pricesSchema = z.strictObject({
  currency: z.string().min(1),
  per_million_tokens: z.record(z.string(), price),
});

export interface Prices {
  readonly currency: string;
  readonly models: ReadonlyMap<string, z.infer<typeof price>>;
}

const MILLION = 1e6;

/** Reads a price file. Throws input.not-found, input.malformed or input.invalid with the field. */
export async function readPrices(file: string): Promise<Prices> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fromFileSystem(error, file);
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new NeuroClawError('input.malformed', `${file} is not JSON`, { place: { file }, cause: error });
  }
  const read = pricesSchema.safeParse(document);
  if (read.success)
    return { currency: read.data.currency, models: new Map(Object.entries(read.data.per_million_tokens)) };
  const [first] = problemsOf(read.error, document);
  throw new NeuroClawError('input.invalid', `${file}: ${first?.field ?? ''} ${first?.message ?? ''}`, {
    place: { file, field: first?.field ?? '' },
    expected: first?.expected ?? 'currency and per_million_tokens',
  });
}

/** What an answer cost; undefined where nobody said what the model costs: unknown is not free. */
export function costOf(model: string, usage: Usage, prices: Prices | undefined): number | undefined {
  const known = prices?.models.get(model);
  if (known === undefined) return undefined;
  const cached = usage.cachedTokens ?? 0;
  const fresh = usage.inputTokens - cached;
  return (
    (fresh * known.input + cached * (known.cached ?? known.input) + usage.outputTokens * known.output) /
    MILLION
  );
}
