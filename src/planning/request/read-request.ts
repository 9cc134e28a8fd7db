import type { Pipeline } from '../pipeline.js';
import type { Question } from '../question.js';
import { choosePipelines, type Choice } from './choose-pipelines.js';
import { readLabels, type Selection } from './read-labels.js';
import { readSettings } from './read-settings.js';
import { readPreset, type SpokenPreset } from './read-preset.js';
import { readParameters, type SpokenParameter } from './read-parameters.js';
import { fieldTerms, fillers, objects, parameterWords } from './vocabulary.js';
import { readWords, type Correction, type Token } from './words.js';

/** Labels that the data have, for telling them from other words. */
export interface KnownLabels {
  readonly participants: readonly string[];
  readonly sessions: readonly string[];
  readonly tasks: readonly string[];
  readonly runs: readonly string[];
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
  const { settings, rest } = readSettings(text, parameterNames);
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
  return joined;
}

function readTasks(tokens: readonly Token[], known: readonly string[]): Selection | undefined {
  // "the rest of the data" is English, not resting state.
  const readable = tokens.map((token, index) =>
    token.word === 'rest' && tokens[index + 1]?.word === 'of' ? { ...token, raw: '', word: '' } : token,
  );
  return readLabels(readable, { prefix: 'task', nouns: taskNouns, bare: true, known });
}
