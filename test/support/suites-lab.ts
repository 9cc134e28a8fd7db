import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TraceEvent } from '../../src/kernel/events.js';
import { hosts } from '../integration/docker/support.js';
import { cliEnvironment, labFolder, labSettings } from './cli.js';
import { projectFolder } from './data.js';

const fixtures = join(projectFolder, 'test', 'fixtures');

/** Lock file of the tests of one file; remove its folder at the end. */
export function suitesLock(): string {
  return join(mkdtempSync(join(tmpdir(), 'neuroclaw-suites-')), 'neuroclaw.lock.json');
}

/**
 * Settings of skills that stand where a suite would, without one: real programs of a small image that are given a
 * licence or want a GPU, and say so.
 */
export function suitesSettings(
  root: string,
  lock: string,
  more: Record<string, string> = {},
): Record<string, string> {
  const both = (kind: string): string =>
    [join(labFolder, kind), join(fixtures, 'lab-suites', kind)].join(delimiter);
  return cliEnvironment(join(root, 'state'), {
    ...labSettings,
    NEUROCLAW_SKILLS: both('skills'),
    NEUROCLAW_AGENTS: both('agents'),
    NEUROCLAW_ENVIRONMENTS: join(fixtures, 'lab-containers'),
    NEUROCLAW_LOCK: lock,
    ...(hosts.length === 1 ? { DOCKER_HOST: hosts[0] ?? '' } : {}),
    ...more,
  });
}

/** Writes a plan of the pipelines one after the other: the first on the dataset, each other on what the one before it published. */
export function writePlan(root: string, pipelines: readonly string[]): string {
  const ids = pipelines.map((id) => id.split('/')[1] ?? '');
  const plan = {
    schema: 'neuroclaw/plan@1',
    title: 'what a tool is given',
    out: join(root, 'out'),
    origin: { planner: 'test', version: '1' },
    stages: pipelines.map((pipeline, n) => ({
      id: ids[n],
      pipeline,
      data: n === 0 ? { bids: join(root, 'data') } : { stage: ids[n - 1] },
    })),
  };
  const file = join(root, 'plan.json');
  writeFileSync(file, JSON.stringify(plan));
  return file;
}

/** Events of all runs in an output folder so far. */
export function eventsOf(out: string): TraceEvent[] {
  const runs = join(out, '.neuroclaw', 'runs');
  return readdirSync(runs).flatMap((name) =>
    readFileSync(join(runs, name, 'trace.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TraceEvent),
  );
}
