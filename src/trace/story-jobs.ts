import type { TraceEvent } from '../kernel/events.js';
import type { JsonObject } from '../kernel/json.js';
import {
  commandLine,
  duration,
  numberOf,
  objectOf,
  objectsOf,
  short,
  textOf,
  textsOf,
} from './body-fields.js';
import { tellFinding, type Tell } from './story-line.js';

/** What was told of a job before it ended. */
interface JobSoFar {
  argv?: readonly string[];
  environment?: JsonObject;
  exit?: JsonObject;
}

/** Tells each job once, when its fate is known, from everything that its events said before. */
export class JobStories {
  readonly #jobs = new Map<string, JobSoFar>();

  /** False for an event that is none of a job. */
  tell(event: TraceEvent, tell: Tell): boolean {
    const { body, type } = event;
    const job = textOf(body, 'job');
    const soFar = this.#jobs.get(job) ?? {};
    switch (type) {
      case 'job.staged':
        return true;
      case 'job.started':
        this.#jobs.set(job, { argv: textsOf(body, 'argv'), environment: objectOf(body, 'environment') });
        return true;
      case 'job.exited':
        this.#jobs.set(job, { ...soFar, exit: objectOf(body, 'exit') });
        return true;
      case 'job.verified':
        // What failed in a first verification is told with the rejection that follows.
        if (body['again'] === true) {
          tell(`${job}: a check changed, its committed result was verified again`);
          for (const finding of objectsOf(body, 'failed')) tellFinding(finding, tell, 2);
        }
        return true;
      case 'job.committed':
        tell(committedLine(body, job, soFar.exit));
        tellProgram(soFar, tell);
        tellOutputs(body, tell);
        tellDegraded(new Set([...textsOf(body, 'degraded'), ...textsOf(soFar.exit ?? {}, 'degraded')]), tell);
        break;
      case 'job.reused':
        tell(`${job}: a committed result serves, key ${short(textOf(body, 'key'))}`);
        break;
      case 'job.published':
        for (const path of textsOf(body, 'paths')) tell(`published ${path}`, 2);
        return true;
      case 'job.rejected':
      case 'job.failed': {
        const verb = type === 'job.rejected' ? 'rejected' : 'failed';
        tell(
          `${job}: ${verb}${after(soFar.exit)}: ${textOf(body, 'message')} [${textOf(body, 'code')}]`,
          1,
          'error',
        );
        tellProgram(soFar, tell);
        for (const finding of objectsOf(body, 'findings')) tellFinding(finding, tell, 2);
        for (const line of lastLines(textOf(body, 'stderr_tail'))) tell(`it said: ${line}`, 2);
        if (textOf(body, 'folder') !== '') tell(`kept in ${textOf(body, 'folder')}`, 2);
        break;
      }
      case 'job.cancelled':
        tell(`${job}: cancelled${after(soFar.exit)}`, 1, 'warning');
        break;
      case 'job.skipped':
        tell(`${job}: skipped, ${textOf(body, 'reason')}`, 1, 'warning');
        break;
      case 'job.orphaned':
        tell(`${job}: was under way when the process before was killed, and is repeated`, 1, 'warning');
        break;
      case 'job.retried':
        tell(retriedLine(body, job), 1, 'warning');
        break;
      default:
        return false;
    }
    this.#jobs.delete(job);
    return true;
  }
}

function committedLine(body: JsonObject, job: string, exit: JsonObject | undefined): string {
  const how =
    body['recovered'] === true ? 'had been committed before the interruption' : 'verified and committed';
  const memory = numberOf(exit ?? {}, 'max_rss_mb');
  const used = memory === undefined ? '' : `, ${Math.round(memory)} MB`;
  const skill = textOf(body, 'skill');
  return `${job}: ${how}${after(exit)}${used}, key ${short(textOf(body, 'key'))}${skill === '' ? '' : `, ${skill}`}`;
}

function after(exit: JsonObject | undefined): string {
  const seconds = numberOf(exit ?? {}, 'wall_s');
  return seconds === undefined ? '' : ` after ${duration(seconds)}`;
}

function tellProgram({ argv, environment }: JobSoFar, tell: Tell): void {
  if (argv === undefined || argv.length === 0) return;
  const name = textOf(environment ?? {}, 'name');
  const where =
    name === ''
      ? ''
      : ` in ${name} (${textOf(environment ?? {}, 'runtime')}, ${short(textOf(environment ?? {}, 'digest'))})`;
  tell(`ran ${commandLine(argv)}${where}`, 2);
}

function tellOutputs(body: JsonObject, tell: Tell): void {
  for (const output of objectsOf(body, 'outputs')) {
    const id = textOf(output, 'id');
    if (output['absent'] === true) tell(`made no ${id}, which is optional`, 2);
    else tell(`made ${id}: ${textOf(output, 'path')}, sha256 ${short(textOf(output, 'sha256'))}`, 2);
  }
}

function tellDegraded(marks: ReadonlySet<string>, tell: Tell): void {
  for (const mark of marks) tell(`degraded: ${mark}`, 2, 'warning');
}

function retriedLine(body: JsonObject, job: string): string {
  const memory = numberOf(body, 'memory_mb');
  const walltime = numberOf(body, 'walltime_s');
  const limits = [
    memory === undefined ? '' : `${memory} MB`,
    walltime === undefined ? '' : `a walltime of ${duration(walltime)}`,
  ].filter(Boolean);
  const withLimits = limits.length > 0 ? ` with ${limits.join(' and ')}` : '';
  return `${job}: ${textOf(body, 'message')} [${textOf(body, 'code')}], tried again${withLimits}`;
}

/** The end of what a tool said is where the reason stands. */
function lastLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-5);
}
