import { resolve } from 'node:path';
import { NeuroClawError } from '../kernel/errors.js';
import { changePlan } from '../planning/change-plan.js';
import type { LoadedPipelines } from '../planning/load-pipelines.js';
import type { Skill } from '../skills/skill.js';
import type { Plan } from '../planning/plan.js';

/** Applies `--no-pictures`, and `--preset`, `--set`, `--use` and `--input` to the stages of a plan whose pipelines know what they name. */
export function withOptions(
  plan: Plan,
  options: Record<string, unknown>,
  cwd: string,
  loaded: LoadedPipelines & { readonly skills?: ReadonlyMap<string, Skill> },
): Plan {
  const preset = options['preset'];
  return changePlan(
    options['pictures'] === false ? { ...plan, pictures: false } : plan,
    {
      preset: typeof preset === 'string' ? preset : undefined,
      set: pairsOf(options, 'set', 'name=value'),
      use: pairsOf(options, 'use', 'capability=family/skill'),
      input: pairsOf(options, 'input', 'name=FILE').map(([name, path]) => [name, resolve(cwd, path)]),
    },
    loaded,
  );
}

/** `name=value` of a repeated option. */
function pairsOf(
  options: Record<string, unknown>,
  option: string,
  form: string,
): (readonly [string, string])[] {
  const given = options[option];
  return (Array.isArray(given) ? given.map(String) : []).map((text) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined || value === '')
      throw new NeuroClawError('usage.arguments', `cannot read --${option} ${text}`, { expected: form });
    return [name, value] as const;
  });
}
