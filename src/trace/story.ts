import type { EventType, TraceEvent } from '../kernel/events.js';
import { isJsonObject, type JsonObject } from '../kernel/json.js';
import {
  duration,
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  printable,
  short,
  textOf,
  textsOf,
} from './body-fields.js';
import { JobStories } from './story-jobs.js';
import { tellFinding, type StoryLine, type Tell } from './story-line.js';
import { trialChapters } from './story-trial.js';

export type { StoryLine } from './story-line.js';

/** What happened in a run, in words: who asked for what, what was planned and why, each job, and how it ended. */
export function tellStory(events: Iterable<TraceEvent>): StoryLine[] {
  const tell = storyteller();
  return [...events].flatMap(tell);
}

/** As `tellStory`, event by event, for traces that are streamed or still being written. */
export function storyteller(): (event: TraceEvent) => StoryLine[] {
  const jobs = new JobStories();
  return (event) => {
    const lines: StoryLine[] = [];
    const tell: Tell = (text, depth = 1, level = 'info') => {
      lines.push({ ts: event.ts, text: printable(text), level, depth });
    };
    const chapter: Chapter | undefined = chapters[event.type];
    if (chapter) chapter(event.body, tell, event);
    else if (!jobs.tell(event, tell)) tell(`${event.type} (of another version of NeuroClaw)`);
    return lines;
  };
}

type Chapter = (body: JsonObject, tell: Tell, event: TraceEvent) => void;

function tellRepair(repair: JsonObject, round: number, tell: Tell): void {
  const what = textOf(repair, 'job') || 'a stage';
  const approver = textOf(repair, 'approved_by');
  const who = `proposed by ${textOf(repair, 'proposed_by')}${approver === '' ? '' : `, approved by ${approver}`}`;
  tell(
    `repair ${round}, of run ${textOf(repair, 'run')}, where ${what} failed (${textOf(repair, 'code')}), ${who}: ${textsOf(repair, 'change').join('; ')}`,
    2,
  );
}

const chapters: Partial<Record<EventType, Chapter>> = {
  ...trialChapters,
  'run.planned': (body, tell, event) => {
    const title = textOf(body, 'title');
    tell(`Run ${event.run}${title === '' ? '' : `: ${title}`}`, 0);
    const request = textOf(body, 'request');
    if (request !== '') tell(`asked for: “${request}”`);
    const origin = objectOf(body, 'origin');
    tell(`planned by ${textOf(origin, 'planner') || event.actor.id}, plan ${short(textOf(body, 'plan'))}`);
    const model = objectOf(origin, 'model');
    if (textOf(model, 'name') !== '')
      tell(`by the model ${textOf(model, 'name')} as the agent ${textOf(model, 'agent')}`, 2);
    for (const [index, repair] of objectsOf(origin, 'repairs').entries()) tellRepair(repair, index + 1, tell);
    for (const reason of textsOf(origin, 'reasons')) tell(`because ${reason}`, 2);
    for (const other of objectsOf(origin, 'alternatives')) {
      tell(`not ${textOf(other, 'what')}: ${textOf(other, 'why_not')}`, 2);
    }
  },
  'run.approved': (body, tell, event) => {
    const jobs = numberOf(body, 'jobs');
    const what = textOf(body, 'stage');
    tell(
      `${who(event)} approved ${what === '' ? 'the plan' : `stage ${what}`}${jobs === undefined ? '' : `, ${count(jobs, 'job')}`}`,
    );
  },
  'run.started': (body, tell, event) => tell(`Started by ${who(event)} ${where(body)}`, 0),
  'run.resumed': (body, tell, event) => tell(`Resumed by ${who(event)} ${where(body)}`, 0),
  'run.finished': (body, tell) => {
    const outcome = textOf(body, 'outcome') || 'finished';
    const failed = outcome !== 'finished';
    const words = countsOf(objectOf(body, 'counts'));
    const took = duration(numberOf(body, 'seconds'));
    tell(
      `${capital(outcome)} after ${took}${words === '' ? '' : `: ${words}`} (exit ${textOf(body, 'exit')})`,
      0,
      failed ? 'error' : 'info',
    );
    const error = objectOf(body, 'error');
    if (textOf(error, 'message') !== '')
      tell(`${textOf(error, 'code')}: ${textOf(error, 'message')}`, 1, 'error');
    if (textOf(error, 'hint') !== '') tell(`what to do: ${textOf(error, 'hint')}`, 1);
  },
  'stage.compiled': (body, tell) => {
    const pipeline = objectOf(body, 'pipeline');
    const version = textOf(pipeline, 'version');
    tell(
      `Stage ${textOf(body, 'stage')}: ${textOf(pipeline, 'id')}${version === '' ? '' : ` ${version}`}, ${count(numberOf(body, 'jobs') ?? 0, 'job')}`,
      0,
    );
    for (const finding of objectsOf(body, 'findings')) tellFinding(finding, tell, 1);
  },
  substitution: (body, tell) =>
    tell(
      `${textOf(body, 'step')}: ${textOf(body, 'capability')} by ${textOf(body, 'skill')} instead of ${textOf(body, 'instead_of')}: ${textOf(body, 'reason')}`,
      1,
      'warning',
    ),
  adaptation: (body, tell) => tell(`${textOf(body, 'step')}: ${textOf(body, 'reason')}`, 1),
  'adoption.used': (body, tell) => {
    const folders = textsOf(body, 'folders').length;
    tell(
      `adopted, not computed: ${textOf(body, 'name')} by ${textOf(body, 'makers')}, ${count(numberOf(body, 'files') ?? 0, 'file')} of ${count(folders, 'folder')}, verified on ${textOf(body, 'adopted').slice(0, 10)} (key ${short(textOf(body, 'key'))})`,
      1,
    );
  },
  'environment.substituted': (body, tell) => tell(textOf(body, 'message'), 1, 'warning'),
  'stage.finished': (body, tell) =>
    tell(`Stage ${textOf(body, 'stage')} finished after ${duration(numberOf(body, 'seconds'))}`, 0),
  'store.damaged': (body, tell) => {
    tell(
      `the stored result ${short(textOf(body, 'key'))} of ${textOf(body, 'job')} was edited and is set aside`,
      1,
      'warning',
    );
    for (const file of textsOf(body, 'files')) tell(`changed: ${file}`, 2, 'warning');
  },
  'publish.replaced': (body, tell) => tell(`replaced ${textOf(body, 'path')} of an older run`, 1, 'warning'),
  'publish.repaired': (body, tell) =>
    tell(`${textOf(body, 'path')} was not what had been published and was published again`, 1, 'warning'),
  'output.nondeterministic': (body, tell) =>
    tell(
      `the same job gave other bytes than before, the first result stays: ${textOf(body, 'job')} (${namesOf(body)})`,
      1,
      'warning',
    ),
  'leftover.ended': (body, tell) =>
    tell(`ended what a dead process left behind: ${textOf(body, 'what')}`, 1, 'warning'),
  'trace.recovered': (body, tell) =>
    tell(
      `a half line of ${textOf(body, 'cutBytes')} bytes, left by a crash, was cut from the trace`,
      1,
      'warning',
    ),
};

function who(event: TraceEvent): string {
  const { kind, id } = event.actor;
  return id === '' || id === kind ? `the ${kind}` : `${kind} ${id}`;
}

function where(body: JsonObject): string {
  const version = textOf(body, 'version');
  const rest = [textOf(body, 'platform'), textOf(body, 'node') && `Node ${textOf(body, 'node')}`].filter(
    Boolean,
  );
  return `with NeuroClaw ${version}${rest.length > 0 ? ` on ${rest.join(', ')}` : ''}`;
}

function countsOf(counts: JsonObject): string {
  return Object.entries(counts)
    .filter(([, value]) => typeof value === 'number' && value > 0)
    .map(([state, value]) => `${String(value)} ${state}`)
    .join(', ');
}

function namesOf(body: JsonObject): string {
  return listOf(body, 'outputs')
    .map((output) => (isJsonObject(output) ? textOf(output, 'id') : typeof output === 'string' ? output : ''))
    .join(', ');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
