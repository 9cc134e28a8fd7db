import type { Pipeline } from '../pipeline.js';
import { fieldTerms, fillers, negations, objects, objectTypes, weakActions } from './vocabulary.js';
import { stem, type Token } from './words.js';

/** A pipeline that a request asks for, with the words that say so. */
export interface Chosen {
  readonly pipeline: Pipeline;
  readonly words: readonly string[];
}

export interface Choice {
  /** In the order in which they were asked for. */
  readonly chosen: readonly Chosen[];
  /** Clauses that several pipelines fit equally well. */
  readonly ties: readonly { readonly clause: string; readonly pipelines: readonly Pipeline[] }[];
  /** Things of the field that no pipeline does. */
  readonly missing: readonly string[];
  /** Pipelines that words named and a negation turned off. */
  readonly declined: readonly { readonly pipeline: Pipeline; readonly word: string }[];
  /** Words for data types: `func`, `anat`. */
  readonly types: ReadonlySet<string>;
  /** Words that mean nothing to the rules. */
  readonly unknown: readonly string[];
}

interface Score {
  readonly pipeline: Pipeline;
  readonly score: number;
  readonly words: readonly string[];
}

/**
 * Chooses pipelines clause by clause. A word for doing (`convert`, `smooth`) makes a pipeline a candidate, one for data
 * (`T1w`, `resting`) tells candidates apart; several equally good ones are a tie, to be asked about.
 */
export function choosePipelines(
  tokens: readonly Token[],
  used: ReadonlySet<number>,
  pipelines: readonly Pipeline[],
): Choice {
  const choice = {
    chosen: [] as Chosen[],
    ties: [] as { clause: string; pipelines: Pipeline[] }[],
    missing: [] as { what: string; word: string }[],
    declined: [] as { pipeline: Pipeline; word: string }[],
    types: new Set<string>(),
    unknown: [] as string[],
  };
  for (const clause of clausesOf(tokens, used)) {
    const said = clause.filter((each) => !each.negated);
    const words = said.map((each) => each.word);
    const raw = new Map(said.map((each) => [each.word, each.raw]));
    for (const word of words) {
      const type = objectTypes.get(word);
      if (type !== undefined) choice.types.add(type);
    }
    const named = pipelines.filter((pipeline) => words.includes(pipeline.id));
    const scores = pipelines.map((pipeline) => scoreOf(pipeline, words)).filter(({ score }) => score > 0);
    const best = Math.max(0, ...scores.map(({ score }) => score));
    const top = scores.filter(({ score }) => score === best);
    if (named.length > 0)
      for (const pipeline of named) add(choice.chosen, { pipeline, words: [pipeline.id] });
    else if (top.length === 1 && top[0] !== undefined) addAll(choice.chosen, top[0], scores, raw);
    else if (top.length > 1)
      choice.ties.push({
        clause: clause.map((each) => each.raw).join(' '),
        pipelines: top.map(({ pipeline }) => pipeline),
      });
    judgeRest(clause, pipelines, choice);
  }
  const served = servedWords(choice.chosen);
  return {
    ...choice,
    missing: [...new Set(choice.missing.flatMap(({ what, word }) => (served.has(stem(word)) ? [] : [what])))],
    unknown: choice.unknown.filter((word) => !served.has(stem(word.toLowerCase()))),
  };
}

/**
 * Stems of words that name what the chosen pipelines are given or can switch on: a parcellation for connectivity is no
 * wish to make one, blinks taken out by ICA are no other wish than spectra.
 */
function servedWords(chosen: readonly Chosen[]): ReadonlySet<string> {
  const texts = chosen.flatMap(({ pipeline }) => [
    ...Object.entries(pipeline.inputs).flatMap(([name, input]) =>
      'given' in input ? [name, input.description] : [],
    ),
    ...Object.entries(pipeline.parameters).flatMap(([name, { type, description }]) =>
      type === 'boolean' ? [name, description] : [],
    ),
  ]);
  return new Set(
    texts.flatMap((text) => text.toLowerCase().match(/[a-z0-9]{3,}/g) ?? []).map((word) => stem(word)),
  );
}

/** The best of a clause, and others that other words of it ask for: `convert and clean` without a mark between. */
function addAll(
  chosen: Chosen[],
  best: Score,
  scores: readonly Score[],
  raw: ReadonlyMap<string, string>,
): void {
  const taken = new Set(best.words);
  const rest = scores.filter(
    (score) =>
      score !== best &&
      score.words.some((word) => !taken.has(word) && !objects.has(word) && !weakActions.has(word)),
  );
  for (const { pipeline, words } of [best, ...rest])
    add(chosen, { pipeline, words: words.map((word) => raw.get(word) ?? word) });
}

function add(chosen: Chosen[], next: Chosen): void {
  const index = chosen.findIndex(({ pipeline }) => pipeline.id === next.pipeline.id);
  const before = chosen[index];
  if (before === undefined) chosen.push(next);
  else chosen[index] = { pipeline: before.pipeline, words: [...new Set([...before.words, ...next.words])] };
}

function scoreOf(pipeline: Pipeline, words: readonly string[]): Score {
  const intents = new Set(pipeline.intent.map((intent) => stem(intent.toLowerCase())));
  const matched = [...new Set(words)].filter((word) => intents.has(stem(word)));
  const actions = matched.filter((word) => !objects.has(word));
  if (actions.length === 0) return { pipeline, score: 0, words: matched };
  // One strong word or several mean the same: what tells candidates apart is the data they name.
  const strong = actions.some((word) => !weakActions.has(word)) ? 1 : 0.5;
  const wanted = new Set(words.flatMap((word) => objectTypes.get(word) ?? []));
  const own = new Set(
    Object.values(pipeline.inputs).flatMap((input) =>
      'query' in input ? (input.query['datatype'] ?? []) : [],
    ),
  );
  const fits = own.size === 0 || wanted.size === 0 ? 0 : [...wanted].some((type) => own.has(type)) ? 0.3 : -2;
  return { pipeline, score: strong + fits + 0.01 * Math.min(9, actions.length), words: matched };
}

interface ClauseWord {
  readonly raw: string;
  readonly word: string;
  readonly negated: boolean;
}

const clauseMarks: ReadonlySet<string> = new Set([
  ',',
  ';',
  '.',
  '!',
  '?',
  'then',
  'and',
  '&',
  '+',
  'afterwards',
  'finally',
  'also',
  'plus',
]);

/** Parts of the request between marks and conjunctions; a negation holds to the end of its part, and over `or`. */
function clausesOf(tokens: readonly Token[], used: ReadonlySet<number>): ClauseWord[][] {
  const clauses: ClauseWord[][] = [];
  let clause: ClauseWord[] = [];
  let negated = false;
  for (const [index, token] of tokens.entries()) {
    if (clauseMarks.has(token.word)) {
      clauses.push(clause);
      clause = [];
      negated = false;
      continue;
    }
    if (used.has(index) || token.kind !== 'word') continue;
    if (negations.has(token.word)) negated = true;
    else clause.push({ raw: token.raw, word: token.word, negated });
  }
  clauses.push(clause);
  return clauses.filter((each) => each.length > 0);
}

/** What is neither a filler nor a word of a pipeline: something the field knows and we do not do, or not understood. */
function judgeRest(
  clause: readonly ClauseWord[],
  pipelines: readonly Pipeline[],
  choice: {
    missing: { what: string; word: string }[];
    declined: { pipeline: Pipeline; word: string }[];
    unknown: string[];
  },
): void {
  const known = new Map<string, Pipeline[]>();
  for (const pipeline of pipelines)
    for (const intent of pipeline.intent) {
      const key = stem(intent.toLowerCase());
      known.set(key, [...(known.get(key) ?? []), pipeline]);
    }
  for (const { raw, word, negated } of clause) {
    const owners = known.get(stem(word));
    if (negated) {
      if (owners?.length === 1 && owners[0] !== undefined && !objects.has(word))
        choice.declined.push({ pipeline: owners[0], word: raw });
      continue;
    }
    if (owners !== undefined || fillers.has(word) || objects.has(word)) continue;
    const term = fieldTerms.find(({ words }) => words.some((each) => stem(each) === stem(word)));
    if (term !== undefined) {
      choice.missing.push({ what: term.what, word });
    } else if (!word.includes('-') && word.length > 2 && !pipelines.some((pipeline) => pipeline.id === word))
      choice.unknown.push(raw);
  }
}
