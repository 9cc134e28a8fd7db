import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, TestRunner } from 'vitest';
import type { TraceEvent } from '../../../src/kernel/events.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { projectFolder } from '../data.js';

/** What a test showed of a skill: it ran the tool and every check passed, or it compared the command line. */
export type ShownLevel = 'executed' | 'command';

export interface Shown {
  readonly id: string;
  readonly level: ShownLevel;
}

declare module 'vitest' {
  interface TaskMeta {
    /** Skills this test showed; counts only if the test passes. Read by the reporter beside this file. */
    evidence?: Shown[];
  }
}

const { skills } = await loadSkills([join(projectFolder, 'skills')]);

/** Shown in a hook, where no test is under way: the next test of the file answers for it. */
const waiting: Shown[] = [];

function record(id: string, level: ShownLevel): void {
  if (!skills.has(id)) throw new Error(`${id} is no skill of the product: nothing to show`);
  const shown = TestRunner.getCurrentTest()?.meta;
  if (shown === undefined) waiting.push({ id, level });
  else (shown.evidence ??= []).push({ id, level });
}

beforeEach(({ task }) => {
  if (waiting.length > 0) (task.meta.evidence ??= []).push(...waiting.splice(0));
});

/** To be called after the real tool ran and every check of the contract passed. `runSkill` does it. */
export function recordExecuted(id: string): void {
  record(id, 'executed');
}

/** To be called after the command line was compared with a source that is not ours: the program's own usage, a reference. */
export function recordCommand(id: string): void {
  record(id, 'command');
}

/** Every skill of the product whose job a real run staged, verified and committed, by the trace of that run. */
export function recordCommitted(trace: string): void {
  const staged = new Map<string, string>();
  for (const line of readFileSync(trace, 'utf8').trim().split('\n')) {
    const { type, body } = JSON.parse(line) as TraceEvent;
    const job = String(body['job']);
    if (type === 'job.staged') staged.set(job, String(body['skill']));
    const id = type === 'job.committed' ? staged.get(job) : undefined;
    if (id !== undefined && skills.has(id)) recordExecuted(id);
  }
}
