import type { JsonValue } from '../../kernel/json.js';
import type { Expectation, PlanRule } from './document.js';
import type { PredictedOutput } from './predict-outputs.js';
import type { PlanFinding, ReadCommand } from './read-command.js';

/** A command that could be read, with what it reads and what it would make. */
export interface Step {
  /** From 1. */
  readonly number: number;
  readonly read: ReadCommand;
  readonly reads: readonly string[];
  readonly made: readonly PredictedOutput[];
}

/** What a rule of a task finds in a plan; undefined: it holds. */
export function ruleFinding(rule: PlanRule, steps: readonly Step[]): PlanFinding | undefined {
  const found = (message: string, command?: number): PlanFinding => ({
    rule: rule.id,
    message: `${rule.about} (${message})`,
    ...(command === undefined ? {} : { command }),
  });
  if ('before' in rule) {
    const [early, late] = rule.before;
    const first = steps.find(({ read }) => isOf(read, early));
    const next = steps.find(({ read }) => isOf(read, late));
    if (first === undefined) return found(`no ${names(early)}`);
    return next !== undefined && next.number < first.number
      ? found(`${names(late)} comes before ${names(early)}`, next.number)
      : undefined;
  }
  if ('never' in rule) {
    const hit = steps.find(
      (step) => isOf(step.read, rule.never.skill) && misses(rule.never.values, step, steps) === undefined,
    );
    return hit === undefined ? undefined : found(`command ${hit.number} does`, hit.number);
  }
  const candidates = steps.filter(({ read }) => isOf(read, rule.skill));
  const judged = candidates.map((step) => ({ step, miss: misses(rule.values, step, steps) }));
  const bad = judged.find(({ miss }) => miss !== undefined);
  const good = judged.filter(({ miss }) => miss === undefined).length;
  const wanted = rule.every ? Math.max(rule.times, candidates.length) : rule.times;
  if (good >= wanted) return undefined;
  const why = bad?.miss ?? `${good} of ${wanted} commands of ${names(rule.skill)}`;
  return found(why, bad?.step.number);
}

function misses(
  values: Readonly<Record<string, Expectation>>,
  step: Step,
  steps: readonly Step[],
): string | undefined {
  for (const [name, expected] of Object.entries(values)) {
    const value = valueOf(name, step);
    if (!meets(value, expected, step, steps))
      return `${name} is ${value === undefined ? 'not given' : JSON.stringify(value)}, expected ${JSON.stringify(expected)}`;
  }
  return undefined;
}

function valueOf(name: string, { read, reads }: Step): JsonValue | undefined {
  if (name === 'reads') return [...reads];
  if (name.startsWith('/')) return read.fixed.get(name);
  return (
    read.values[name] ??
    read.skill.contract.params[name]?.default ??
    read.skill.descriptor.inputs.find(({ id }) => id === name)?.['default-value']
  );
}

function meets(
  value: JsonValue | undefined,
  expected: Expectation,
  step: Step,
  steps: readonly Step[],
): boolean {
  if (Array.isArray(expected)) {
    // A list of a list is the whole of it; of a single value, what it may be.
    return Array.isArray(value)
      ? expected.length === value.length && expected.every((one, at) => same(value[at], one))
      : expected.some((one) => same(value, one));
  }
  if (typeof expected !== 'object')
    return Array.isArray(value) ? value.some((one) => same(one, expected)) : same(value, expected);
  if ('given' in expected) return expected.given === (value !== undefined && value !== false);
  if ('from' in expected) {
    const made = steps
      .filter(({ number }) => number < step.number)
      .flatMap((one) => one.made.filter(({ id }) => id === expected.from));
    const given = (Array.isArray(value) ? value : [value]).map(String);
    return made.some(({ path }) =>
      given.some(
        (one) =>
          path === one ||
          path === `${one}.nii.gz` ||
          path.startsWith(`${one}_`) ||
          one.startsWith(`${path}/`),
      ),
    );
  }
  const { min = -Infinity, max = Infinity } = expected;
  return typeof value === 'number' && value >= min && value <= max;
}

function same(value: JsonValue | undefined, expected: string | number | boolean): boolean {
  if (value === expected || (value !== undefined && String(value) === String(expected))) return true;
  if (expected === false) return value === undefined;
  return typeof value === 'string' && typeof expected === 'string' && `${value}.nii.gz` === expected;
}

function isOf(read: ReadCommand, skill: string | readonly string[]): boolean {
  return typeof skill === 'string' ? read.skill.id === skill : skill.includes(read.skill.id);
}

function names(skill: string | readonly string[]): string {
  return typeof skill === 'string' ? skill : skill.join(' or ');
}
