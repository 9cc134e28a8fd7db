import type { Token } from './words.js';

/** Labels of one entity that a request names: only these, or all but these. */
export interface Selection {
  readonly labels: readonly string[];
  readonly negated: boolean;
  /** Named with the entity's own prefix and not there. */
  readonly unknown: readonly string[];
  /** Indices of the tokens that were read. */
  readonly used: ReadonlySet<number>;
}

export interface LabelWords {
  /** Of the entity in file names: `sub`, `ses`, `run`, `task`. */
  readonly prefix: string;
  /** Words that announce labels: participants, subject, session. */
  readonly nouns: ReadonlySet<string>;
  /** Also without a noun before it, where the word is a label. */
  readonly bare: boolean;
  readonly known: readonly string[];
}

const exclusions: ReadonlySet<string> = new Set([
  'without',
  'except',
  'excluding',
  'exclude',
  'not',
  'skip',
  'omit',
  'no',
]);
const openers: ReadonlySet<string> = new Set(['only', 'just', 'but', ...exclusions]);
const between: ReadonlySet<string> = new Set([',', 'and', '&', '+', 'or']);
const quantities: ReadonlySet<string> = new Set([
  'mm',
  's',
  'sec',
  'secs',
  'second',
  'seconds',
  'hz',
  'millimetre',
  'millimetres',
  'millimeter',
  'millimeters',
  '%',
  'run',
  'runs',
  'session',
  'sessions',
  'volume',
  'volumes',
  'participant',
  'participants',
  'subject',
  'subjects',
  'jobs',
]);

/**
 * Reads `only sub-03 and 05`, `participants 1, 2`, `all but 07`, `session pre`: labels as the data have them, where
 * `3` finds `03`. Undefined: nothing of this entity is named.
 */
export function readLabels(tokens: readonly Token[], words: LabelWords): Selection | undefined {
  const labels: string[] = [];
  const unknown: string[] = [];
  const used = new Set<number>();
  let negated = false;
  let listOpen = false;
  /** The label at a place, and those up to the other end where it begins a range. */
  const takeRange = (index: number, first: string): void => {
    labels.push(first);
    const last = rangeEnd(tokens, index, words.known);
    if (last === undefined) return;
    labels.push(...words.known.slice(words.known.indexOf(first) + 1, words.known.indexOf(last) + 1));
    used.add(index + 1).add(index + 2);
  };
  for (const [index, token] of tokens.entries()) {
    if (used.has(index)) continue;
    if (token.word.startsWith(`${words.prefix}-`)) {
      if (labels.length === 0) negated = isExcluded(tokens, index);
      const label = token.raw.slice(words.prefix.length + 1);
      const found = knownLabel(label, words.known);
      used.add(index);
      listOpen = true;
      if (found === undefined) unknown.push(label);
      else takeRange(index, found);
      continue;
    }
    const announced = listOpen || isAnnounced(tokens, index, words) || isFollowed(tokens, index, words);
    const found =
      token.kind === 'mark' || isQuantity(tokens, index) ? undefined : knownLabel(token.raw, words.known);
    if (found !== undefined && (announced || (words.bare && isDistinctive(token)))) {
      if (labels.length === 0) negated = isExcluded(tokens, index);
      used.add(index);
      listOpen = true;
      takeRange(index, found);
      continue;
    }
    if (announced && !listOpen && token.kind === 'number' && !isQuantity(tokens, index)) {
      if (labels.length === 0) negated = isExcluded(tokens, index);
      unknown.push(token.raw);
      used.add(index);
      listOpen = true;
      continue;
    }
    if (!between.has(token.word)) listOpen = false;
  }
  if (labels.length === 0 && unknown.length === 0) return undefined;
  return { labels: [...new Set(labels)], negated, unknown, used };
}

/** The label as the data have it: the same text, the same in another case, or the same number. */
function knownLabel(text: string, known: readonly string[]): string | undefined {
  if (known.includes(text)) return text;
  const lower = text.toLowerCase();
  const sameText = known.filter((label) => label.toLowerCase() === lower);
  if (sameText.length === 1) return sameText[0];
  if (!/^[0-9]+$/.test(text)) return undefined;
  const sameNumber = known.filter((label) => /^[0-9]+$/.test(label) && Number(label) === Number(text));
  return sameNumber.length === 1 ? sameNumber[0] : undefined;
}

/** A noun or opener stands before it, articles aside. */
function isAnnounced(tokens: readonly Token[], index: number, words: LabelWords): boolean {
  for (let at = index - 1; at >= 0 && at >= index - 3; at--) {
    const before = tokens[at]?.word ?? '';
    if (words.nouns.has(before)) return true;
    if (words.prefix === 'sub' && openers.has(before)) return true;
    if (!['the', 'number', 'no', '.', ':', 'for', 'of'].includes(before)) return false;
  }
  return false;
}

/** `the test session`, `the motor task`: the noun comes behind the label, which is a word. */
function isFollowed(tokens: readonly Token[], index: number, words: LabelWords): boolean {
  return tokens[index]?.kind === 'word' && words.nouns.has(tokens[index + 1]?.word ?? '');
}

function isQuantity(tokens: readonly Token[], index: number): boolean {
  return tokens[index]?.kind === 'number' && quantities.has(tokens[index + 1]?.word ?? '');
}

/** A bare word is taken for a label only if it could hardly be anything else. */
function isDistinctive(token: Token): boolean {
  return token.kind === 'word' && token.raw.length >= 3;
}

/** Words that may stand between an exclusion and its labels. */
const passable: ReadonlySet<string> = new Set([
  ...['the', 'for', 'of', 'any', 'from', 'participant', 'participants', 'subject', 'subjects', 'sub', 'subs'],
  ...['patient', 'patients', 'session', 'sessions', 'visit', 'visits', 'run', 'runs', 'task', 'tasks', ':'],
]);

function isExcluded(tokens: readonly Token[], index: number): boolean {
  for (let at = index - 1; at >= 0; at--) {
    const before = tokens[at]?.word ?? '';
    if (before === 'but') return everyone.has(tokens[at - 1]?.word ?? '') || tokens[at + 1]?.word === 'not';
    if (exclusions.has(before)) return true;
    if (!passable.has(before)) return false;
  }
  return false;
}

const everyone: ReadonlySet<string> = new Set([
  'all',
  'any',
  'everyone',
  'everybody',
  'everything',
  ...passable,
]);

/** `01 to 05`, `01 - 05`. */
function rangeEnd(tokens: readonly Token[], index: number, known: readonly string[]): string | undefined {
  if (!['to', 'through', '-', 'until'].includes(tokens[index + 1]?.word ?? '')) return undefined;
  const end = tokens[index + 2];
  if (end === undefined || isQuantity(tokens, index + 2)) return undefined;
  const label = knownLabel(end.raw.replace(/^(?:sub|ses|run)-/i, ''), known);
  return label !== undefined &&
    known.indexOf(label) >
      known.indexOf(knownLabel(tokens[index]?.raw.replace(/^(?:sub|ses|run)-/i, '') ?? '', known) ?? '')
    ? label
    : undefined;
}
