import { nearest } from '../../kernel/text.js';
import type { Question } from '../../planning/question.js';

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth'];

/**
 * Holds what was said against the first open question: one of its choices by name, by a part of the name, by number
 * (`2`, `the second`) or nearly so; anything short where there are no choices. Undefined: it is no answer.
 */
export function answerTo(
  said: string,
  questions: readonly Question[],
): { readonly id: string; readonly value: string } | undefined {
  const [question] = questions;
  if (question === undefined || said === '') return undefined;
  const { id, choices } = question;
  if (choices.length === 0) return said.endsWith('?') ? undefined : { id, value: unquoted(said) };
  const value = chosen(said.toLowerCase().replace(/[.!]+$/, ''), choices);
  return value === undefined ? undefined : { id, value };
}

function chosen(said: string, choices: readonly string[]): string | undefined {
  const exact = choices.find((choice) => choice.toLowerCase() === said);
  if (exact !== undefined) return exact;
  const number = /^(?:#|no\.? ?|number |option )?(\d{1,2})$/.exec(said)?.[1];
  if (number !== undefined) return choices[Number(number) - 1];
  const ordinal = ORDINALS.findIndex((word) => new RegExp(`^(?:the )?${word}(?: one)?$`).test(said));
  if (ordinal >= 0) return choices[ordinal];
  if (/^(?:the )?last(?: one)?$/.test(said)) return choices.at(-1);
  const words = said
    .replace(/\b(?:the|one|i|mean|meant|want|please|for|use|take|it'?s|is)\b/g, ' ')
    .split(/[^a-z0-9-]+/)
    .filter((word) => word.length > 1);
  if (words.length === 0 || words.length > 4) return undefined;
  const fitting = choices.filter((choice) => words.every((word) => choice.toLowerCase().includes(word)));
  if (fitting.length === 1) return fitting[0];
  const [word] = words;
  if (words.length > 1 || word === undefined) return undefined;
  // `conectome` for diffusion/connectome; `tenosr`.
  const parts = new Map(choices.flatMap((choice) => choice.split(/[/ ]/).map((part) => [part, choice])));
  const near = nearest(word, parts.keys());
  return near === undefined ? undefined : parts.get(near);
}

/** A path may be dragged into a terminal: with quotes or escaped blanks. */
function unquoted(text: string): string {
  return text.replace(/^(['"])(.*)\1$/s, '$2').replace(/\\ /g, ' ');
}
