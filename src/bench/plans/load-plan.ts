import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Skill } from '../../skills/skill.js';
import { broken, readDocument } from '../task/read-document.js';
import type { Task } from '../task/load-task.js';
import { checkPlan, generalRules } from './check-plan.js';
import {
  planAnswer,
  planChecks,
  planMutant,
  type PlanChecks,
  type PlanCommand,
  type PlanMutant,
} from './document.js';
import type { PlanFinding } from './read-command.js';

/** `verify/plan.yaml` of a task of track P. Throws task.invalid. */
export async function loadPlanChecks(task: Task): Promise<PlanChecks> {
  const file = join(task.folder, 'verify', 'plan.yaml');
  const checks = await readDocument(file, planChecks);
  const ids = [...Object.keys(generalRules), ...checks.rules.map(({ id }) => id)];
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) throw broken(file, `two rules are called ${twice}`, 'rules');
  return checks;
}

/** What is wrong with an answer, as text; `format` where it is no JSON. Executes nothing. */
export async function gradePlan(task: Task, text: string, skills: Iterable<Skill>): Promise<PlanFinding[]> {
  const plan = await loadPlanChecks(task);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return [{ rule: 'format', message: 'commands.json is not JSON' }];
  }
  return checkPlan({ inputs: task.inputs, plan }, answer, skills);
}

export interface PlanOutcome {
  readonly kind: 'oracle' | 'null' | 'mutant';
  readonly name: string;
  readonly findings: readonly PlanFinding[];
  /** Why it is not what it must be; undefined where it is. */
  readonly problem: string | undefined;
}

/** Judges every control of a task of track P: the oracle is valid, the empty plan and each mutant are not, by their rule. */
export async function checkPlanTask(task: Task, skills: readonly Skill[]): Promise<PlanOutcome[]> {
  const plan = await loadPlanChecks(task);
  const judge = (answer: unknown): PlanFinding[] => checkPlan({ inputs: task.inputs, plan }, answer, skills);
  const oracle = await readDocument(join(task.folder, 'solution', 'commands.json'), planAnswer);
  const right = judge(oracle);
  const empty = judge({ commands: [] });
  const outcomes: PlanOutcome[] = [
    { kind: 'oracle', name: 'oracle', findings: right, problem: right[0]?.message },
    { kind: 'null', name: 'null', findings: empty, problem: empty.length > 0 ? undefined : 'it is valid' },
  ];
  const folder = join(task.folder, 'controls', 'mutants');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  if (names.length < 5) throw broken(folder, `there are ${names.length} mutants`, undefined, 'at least 5');
  for (const name of names) {
    const mutant = await readDocument(join(folder, name), planMutant);
    const findings = judge({ commands: mutated(oracle.commands, mutant, join(folder, name)) });
    const caught = findings.some(({ rule }) => rule === mutant.kills);
    const by = findings.map(({ rule }) => rule).join(', ');
    outcomes.push({
      kind: 'mutant',
      name: name.replace(/\.json$/, ''),
      findings,
      problem: caught ? undefined : `${mutant.kills} lets it pass${by === '' ? '' : `, ${by} does not`}`,
    });
  }
  return outcomes;
}

/** The oracle's commands with the mistake in them. Throws task.invalid where an edit finds nothing. */
function mutated(commands: readonly PlanCommand[], { edits }: PlanMutant, file: string): PlanCommand[] {
  let changed = commands.map((command) => ({ ...command, argv: [...command.argv] }));
  const at = (index: number): PlanCommand => {
    const command = changed[index];
    if (command === undefined) throw broken(file, `there is no command ${index}`, 'edits');
    return command;
  };
  for (const edit of edits) {
    if ('remove' in edit) {
      at(edit.remove);
      changed = changed.filter((_, index) => index !== edit.remove);
    } else if ('move' in edit) {
      const moved = at(edit.move);
      const rest = changed.filter((one) => one !== moved);
      changed = [...rest.slice(0, edit.to), moved, ...rest.slice(edit.to)];
    } else if ('add' in edit) at(edit.command).argv.push(...edit.add);
    else {
      const { argv, reads } = at(edit.command);
      const start = argv.findIndex((_, index) =>
        edit.from.every((word, offset) => argv[index + offset] === word),
      );
      if (start < 0)
        throw broken(file, `${JSON.stringify(edit.from)} stands nowhere in command ${edit.command}`, 'edits');
      argv.splice(start, edit.from.length, ...edit.to);
      // The agent that names another file also says that it reads it: the mistake is one of content.
      const files = edit.to
        .map((word) => word.replace(/^--[a-z0-9_]+=/i, ''))
        .filter((word) => /^(?:in|out)\//.test(word));
      changed[edit.command] = { ...at(edit.command), argv, reads: [...reads, ...files] };
    }
  }
  return changed;
}
