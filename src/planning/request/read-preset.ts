import { PRECISE } from '../parameters.js';
import type { Token } from './words.js';

export interface SpokenPreset {
  readonly name: string;
  /** As it was said. */
  readonly words: string;
  /** Indices of the tokens that were read. */
  readonly used: ReadonlySet<number>;
}

/** What people say for presets; every word of a phrase is held against the text as it was written. */
const phrases: readonly (readonly [readonly string[], string])[] = [
  [['quick', 'test'], 'testing'],
  [['quick', 'and', 'dirty'], 'testing'],
  [['quick', 'try'], 'testing'],
  [['quick', 'trial'], 'testing'],
  [['fast', 'test'], 'testing'],
  [['test', 'run'], 'testing'],
  [['trial', 'run'], 'testing'],
  [['just', 'testing'], 'testing'],
  [['for', 'testing'], 'testing'],
  [['as', 'a', 'test'], 'testing'],
  [['testing', 'preset'], 'testing'],
  [['preset', 'testing'], 'testing'],
  [['precise', 'preset'], PRECISE],
  [['preset', 'precise'], PRECISE],
  [['precise'], PRECISE],
  [['precisely'], PRECISE],
];

/** Reads `a quick test of ...`, `with the testing preset`, `precisely`; undefined where nothing of the kind is said. */
export function readPreset(tokens: readonly Token[]): SpokenPreset | undefined {
  const written = tokens.map(({ raw }) => raw.toLowerCase());
  for (const [phrase, name] of phrases) {
    const at = written.findIndex((_, index) =>
      phrase.every((word, offset) => written[index + offset] === word),
    );
    if (at < 0) continue;
    const used = new Set(phrase.map((_, offset) => at + offset));
    return { name, words: phrase.join(' '), used };
  }
  return undefined;
}
