import { describeChange } from '../../engine/explain.js';
import { preimageChanges } from '../../engine/keys.js';
import { outputLayout } from '../../engine/layout.js';
import { Store } from '../../engine/store.js';
import type { JsonValue } from '../../kernel/json.js';
import type { Plan } from '../../planning/plan.js';
import type { Answer } from '../reply.js';
import { plural } from './dataset.js';
import { twoRuns, type PastRun } from './last-runs.js';

interface Changed {
  /** What changed in the keys, each once. */
  readonly what: string;
  readonly jobs: readonly string[];
}

/** What two runs of an output folder differ in, by their plans and by the keys of their jobs. */
export async function differenceAnswer(out: string, words: string): Promise<Answer> {
  const [before, after] = await twoRuns(out, words);
  const plans = planChanges(before.plan, after.plan);
  const store = new Store(outputLayout(out));
  const changed = new Map<string, string[]>();
  const [onlyBefore, onlyAfter]: [string[], string[]] = [[], []];
  let same = 0;
  for (const [job, { key }] of after.history.jobs) {
    const other = before.history.jobs.get(job)?.key;
    if (!before.history.jobs.has(job)) onlyAfter.push(job);
    else if (key === other) same += 1;
    else {
      const [from, to] = [store.preimage(other ?? ''), store.preimage(key ?? '')];
      const changes = from === undefined || to === undefined ? [] : preimageChanges(from, to);
      const own = changes.filter(({ field }) => !field.startsWith('inputs.'));
      const what =
        changes.length === 0
          ? 'no committed result on one side'
          : own.length === 0
            ? 'what it reads was made differently'
            : own.map(describeChange).join('; ');
      changed.set(what, [...(changed.get(what) ?? []), job]);
    }
  }
  for (const job of before.history.jobs.keys()) if (!after.history.jobs.has(job)) onlyBefore.push(job);
  const groups: Changed[] = [...changed].map(([what, jobs]) => ({ what, jobs }));
  const lines = [
    `from run ${before.run} (${outcome(before)}) to run ${after.run} (${outcome(after)}):`,
    ...plans.map((text) => `plan: ${text}`),
    ...groups.flatMap(({ what, jobs }) => [`${plural(jobs.length, 'job')}: ${what}`, `  ${some(jobs)}`]),
    ...(onlyBefore.length === 0 ? [] : [`only in the first: ${some(onlyBefore)}`]),
    ...(onlyAfter.length === 0 ? [] : [`only in the second: ${some(onlyAfter)}`]),
    same === 0 ? 'no job has the same key in both' : `${plural(same, 'job')} with the same key in both`,
  ];
  return {
    kind: 'answer',
    about: 'difference',
    text: lines.join('\n'),
    facts: {
      before: before.run,
      after: after.run,
      plan: plans,
      changed: groups as unknown as JsonValue,
      only_before: onlyBefore,
      only_after: onlyAfter,
      same,
    },
    sources: [
      { kind: 'run', name: before.run },
      { kind: 'run', name: after.run },
    ],
  };
}

function outcome({ history }: PastRun): string {
  return history.outcome ?? 'not ended';
}

/** Stages, participants, selections, parameters, presets and inputs that the plans differ in. */
function planChanges(before: Plan, after: Plan): string[] {
  const changes: string[] = [];
  const known = new Map(before.stages.map((stage) => [stage.id, stage]));
  for (const stage of after.stages) {
    const other = known.get(stage.id);
    known.delete(stage.id);
    if (other === undefined) {
      changes.push(`stage ${stage.id} is new`);
      continue;
    }
    const say = (what: string, from: unknown, to: unknown): void => {
      if (JSON.stringify(from) !== JSON.stringify(to))
        changes.push(`${stage.id}: ${what} ${shown(from)} -> ${shown(to)}`);
    };
    say('data', other.data, stage.data);
    say('version', other.version, stage.version);
    say('participants', other.participants ?? 'all', stage.participants ?? 'all');
    say('selection', other.select, stage.select);
    say('preset', other.preset ?? 'precise', stage.preset ?? 'precise');
    say('inputs', other.inputs, stage.inputs);
    say('providers', other.providers, stage.providers);
    for (const name of new Set([...Object.keys(other.params), ...Object.keys(stage.params)]))
      say(name, other.params[name] ?? 'the default', stage.params[name] ?? 'the default');
  }
  for (const id of known.keys()) changes.push(`stage ${id} is gone`);
  return changes;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function some(jobs: readonly string[]): string {
  return jobs.length <= 4 ? jobs.join(', ') : `${jobs.slice(0, 3).join(', ')} and ${jobs.length - 3} more`;
}
