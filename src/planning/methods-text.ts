import type { Pipeline } from './pipeline.js';

export interface MethodsSentence {
  readonly text: string;
  readonly step?: string | undefined;
  readonly unless?: string | undefined;
}

/** What a sentence may count: participants and items of the stage. */
export const COUNTS: ReadonlySet<string> = new Set(['participants', 'files']);

/** What a sentence may say of a step: the program with its version, or `params.<name>` that it was given. */
export const STEP_PARTS: ReadonlySet<string> = new Set(['tool', 'params']);

/** Sentences of the methods text of a pipeline, in their order. */
export function sentencesOf(pipeline: Pick<Pipeline, 'methods'>): readonly MethodsSentence[] {
  const { methods } = pipeline;
  if (methods === undefined) return [];
  if (typeof methods === 'string') return [{ text: methods }];
  return methods.map((sentence) => (typeof sentence === 'string' ? { text: sentence } : sentence));
}

/** Names between braces. */
export function placeholdersOf(text: string): string[] {
  return [...text.matchAll(/\{([a-zA-Z0-9_.-]+)\}/g)].flatMap((match) => match[1] ?? []);
}
