import type { Pipeline } from '../pipeline.js';
import type { Question } from '../question.js';
import { choosePipelines, type Choice } from './choose-pipelines.js';
import { readContrasts } from './read-contrasts.js';
import { readLabels, type Selection } from './read-labels.js';
import { readSettings } from './read-settings.js';
import { readPreset, type SpokenPreset } from './read-preset.js';
import { readParameters, type SpokenParameter } from './read-parameters.js';
import { fieldTerms, fillers, negations, objects, parameterWords } from './vocabulary.js';
import { readWords, stem, type Correction, type Token } from './words.js';

/** Labels that the data have, for telling them from other words. */
export interface KnownLabels {
  readonly participants: readonly string[];
  readonly sessions: readonly string[];
  readonly tasks: readonly string[];
  readonly runs: readonly string[];
  /** Names in the events, where they were looked at. */
  readonly conditions?: readonly string[];
}

/** A request as the rules understand it. */
export interface ReadRequest {
  readonly participants: Selection | undefined;
  readonly sessions: Selection | undefined;
  readonly tasks: Selection | undefined;
  readonly runs: Selection | undefined;
  /** The request speaks of resting state. */
  readonly resting: boolean;
  readonly parameters: readonly SpokenParameter[];
  /** `name=value` of pipeline parameters, as text. */
  readonly settings: ReadonlyMap<string, string>;
  /** Words that name a parameter that is on or off: `remove blinks`, `without blinks`. */
  readonly switches: ReadonlyMap<string, boolean>;
  /** The preset that is asked for in words. */
  readonly preset: SpokenPreset | undefined;
  readonly problems: readonly string[];
  readonly questions: readonly Question[];
  readonly choice: Choice;
  readonly corrections: readonly Correction[];
}

/** Reads a request: which participants, sessions, tasks and runs, which parameters, which pipelines. */
export function readRequest(text: string, pipelines: readonly Pipeline[], known: KnownLabels): ReadRequest {
  const ids = new Set(pipelines.map((pipeline) => pipeline.id));
  const labels = new Set(
    [...known.participants, ...known.tasks, ...known.sessions].map((label) => label.toLowerCase()),
  );
  const vocabulary = new Set([
    ...fillers,
    ...objects,
    ...fieldTerms.flatMap(({ words }) => words),
    ...pipelines.flatMap(({ intent }) => intent.map((word) => word.toLowerCase())),
    ...parameterWords,
  ]);
  const parameterNames = new Set(pipelines.flatMap((pipeline) => Object.keys(pipeline.parameters)));
  const { settings: named, rest: unnamed } = readSettings(text, parameterNames);
  const { contrasts, rest } = readContrasts(unnamed, known.conditions ?? []);
  const settings = new Map(named);
  if (contrasts !== undefined && !settings.has('contrasts')) settings.set('contrasts', contrasts);
  const { tokens, corrections } = readWords(
    joinTaskNames(rest, known.tasks),
    vocabulary,
    (word) => labels.has(word) || ids.has(word) || parameterNames.has(word),
  );
  const participants = readLabels(tokens, {
    prefix: 'sub',
    nouns: participantNouns,
    bare: false,
    known: known.participants,
  });
  const sessions = readLabels(tokens, {
    prefix: 'ses',
    nouns: sessionNouns,
    bare: false,
    known: known.sessions,
  });
  const runs = readLabels(tokens, { prefix: 'run', nouns: runNouns, bare: false, known: known.runs });
  const tasks = readTasks(tokens, known.tasks);
  const preset = readPreset(tokens);
  const used = new Set<number>(preset?.used);
  for (const selection of [participants, sessions, runs, tasks])
    for (const index of selection?.used ?? []) used.add(index);
  const spoken = readParameters(tokens, used);
  // A word of a quantity still says what to do: `smooth 8 mm` asks for smoothing. A switched-off one does not.
  const silent = new Set(used);
  for (const index of spoken.used)
    if (tokens[index]?.kind !== 'word' || spoken.off.has(index)) silent.add(index);
  return {
    participants,
    sessions,
    tasks,
    runs,
    resting: tokens.some(({ word }) => word === 'restingstate' || word === 'resting'),
    parameters: spoken.parameters,
    settings,
    preset,
    problems: spoken.problems,
    questions: spoken.questions,
    choice: choosePipelines(tokens, silent, pipelines),
    switches: readSwitches(tokens, pipelines),
    corrections: corrections.filter(({ to }) => !fillers.has(to)),
  };
}

const participantNouns: ReadonlySet<string> = new Set([
  'participant',
  'participants',
  'subject',
  'subjects',
  'sub',
  'subs',
  'patient',
  'patients',
]);
const sessionNouns: ReadonlySet<string> = new Set(['session', 'sessions', 'ses', 'visit', 'visits']);
const runNouns: ReadonlySet<string> = new Set(['run', 'runs']);
const taskNouns: ReadonlySet<string> = new Set(['task', 'tasks']);

/** `object viewing` for the task `objectviewing`. */
function joinTaskNames(text: string, tasks: readonly string[]): string {
  let joined = text;
  for (const task of tasks.filter((label) => label.length >= 6)) {
    const letters = [...task].map((letter) => letter.replace(/[^A-Za-z0-9]/, '\\$&')).join('[\\s_-]?');
    joined = joined.replace(new RegExp(`(?<!task-)\\b${letters}\\b`, 'gi'), `task-${task}`);
  }
  return nameTasks(joined, tasks);
}

/**
 * `the balloon task` for the task `balloonanalogrisktask`, `the verb generation task` for `covertverbgeneration` and
 * `overtverbgeneration`: up to three words before the noun that are a part of some labels, and not of all.
 */
function nameTasks(text: string, tasks: readonly string[]): string {
  const phrase = /(?<![\w-])((?:[a-z]+[ -]){0,2}[a-z]+)(?=\s+(?:tasks?|paradigm)\b)/gi;
  return text.replace(phrase, (whole: string) => {
    const words = whole.split(/[ -]/);
    for (let from = 0; from < words.length; from++) {
      const part = words.slice(from).join('').toLowerCase();
      if (part.length < 5) continue;
      const fitting = tasks.filter((task) => task.toLowerCase().includes(part));
      if (
        fitting.length === 0 ||
        fitting.length === tasks.length ||
        fitting.some((task) => task.toLowerCase() === part)
      )
        continue;
      return [...words.slice(0, from), fitting.map((task) => `task-${task}`).join(' and ')].join(' ');
    }
    return whole;
  });
}

function readTasks(tokens: readonly Token[], known: readonly string[]): Selection | undefined {
  // "the rest of the data" is English, not resting state.
  const readable = tokens.map((token, index) =>
    token.word === 'rest' && tokens[index + 1]?.word === 'of' ? { ...token, raw: '', word: '' } : token,
  );
  return readLabels(readable, { prefix: 'task', nouns: taskNouns, bare: true, known });
}

/** Parameters that are true or false and whose name is said; a negation before it, over few words, turns it off. */
function readSwitches(tokens: readonly Token[], pipelines: readonly Pipeline[]): Map<string, boolean> {
  const switches = new Map<string, boolean>();
  for (const { parameters } of pipelines)
    for (const [name, { type }] of Object.entries(parameters)) {
      if (type !== 'boolean') continue;
      const at = tokens.findIndex(({ word, kind }) => kind === 'word' && stem(word) === stem(name));
      if (at < 0) continue;
      const before = tokens.slice(Math.max(0, at - 3), at).map(({ word }) => word);
      switches.set(name, !before.some((word) => negations.has(word) || word === 'keep'));
    }
  return switches;
}
