import type { Pipeline } from '../../planning/pipeline.js';
import type { Plan } from '../../planning/plan.js';
import { readParameters } from '../../planning/request/read-parameters.js';
import { parameterWords } from '../../planning/request/vocabulary.js';
import { readWords } from '../../planning/request/words.js';
import type { Skill } from '../../skills/skill.js';

export interface SettingsInWords {
  /** Parameter of a pipeline of the plan, and its value as text. */
  readonly settings: readonly (readonly [string, string])[];
  /** Names that were set and that nothing has. */
  readonly unknown: readonly string[];
  /** What can be set. */
  readonly known: readonly string[];
}

/**
 * Reads `set select to 10M`, `-select 10M`, `streamlines=5000`, `smooth 8 mm` for a plan: parameters of its pipelines by
 * their own names, by the names and flags of the skills that they go to, and quantities in words.
 */
export function settingsIn(
  words: string,
  plan: Plan,
  pipelines: ReadonlyMap<string, Pipeline>,
  skills: ReadonlyMap<string, Skill>,
): SettingsInWords {
  const names = namesOf(plan, pipelines, skills);
  const settings = new Map<string, string>();
  const unknown: string[] = [];
  const pattern =
    /(?<![\w.])(?:(?:set|change|use|raise|lower|increase|decrease|take)\s+)?(?:the\s+)?-{0,2}([A-Za-z][A-Za-z0-9_-]*)\s*(?:=|\s(?:to|is|was|were|at|of|from\s+\S+\s+to)\s|\s)\s*(-?[0-9.]+\s?(?:k|m|million|thousand)?(?![\w.])|true|false|on|off|yes|no|[A-Za-z][\w.+-]*(?=\s*[?.!]?$))/gi;
  for (const [whole, name = '', value = ''] of words.matchAll(pattern)) {
    const known = names.get(normal(name));
    if (known !== undefined) settings.set(known, numberText(value));
    else if (/^\s*(?:set|change|use|raise|lower|-)/i.test(whole) && /\d/.test(value)) unknown.push(name);
  }
  const { tokens } = readWords(words, new Set(parameterWords), () => false);
  const offered = new Set(names.values());
  for (const { name, value } of readParameters(tokens, new Set()).parameters)
    if (offered.has(name) && !settings.has(name)) settings.set(name, String(value));
  return { settings: [...settings], unknown: settings.size > 0 ? [] : unknown, known: [...offered] };
}

/** Everything that a parameter may be called -> its name. */
function namesOf(
  plan: Plan,
  pipelines: ReadonlyMap<string, Pipeline>,
  skills: ReadonlyMap<string, Skill>,
): Map<string, string> {
  const names = new Map<string, string>();
  const chosen = plan.stages.flatMap(({ pipeline }) =>
    typeof pipeline === 'string' ? (pipelines.get(pipeline) ?? []) : pipeline,
  );
  for (const { steps } of chosen)
    for (const { skill, capability, params } of steps)
      for (const [role, binding] of Object.entries(params)) {
        const parameter = parameterOf(binding);
        if (parameter === undefined) continue;
        names.set(normal(role), parameter);
        const served = skill === undefined ? providersOf(capability, skills) : [skills.get(skill)];
        for (const each of served) {
          const flag = each?.descriptor.inputs.find(({ id }) => id === role)?.['command-line-flag'];
          if (flag !== undefined) names.set(normal(flag), parameter);
        }
      }
  // The pipeline's own names win over those of its tools.
  for (const { parameters } of chosen)
    for (const name of Object.keys(parameters)) {
      names.set(normal(name.replace(/_(?:mm|s|hz|uv|ml)$/, '')), name);
      names.set(normal(name), name);
    }
  return names;
}

function providersOf(capability: string | undefined, skills: ReadonlyMap<string, Skill>): Skill[] {
  return [...skills.values()].filter(({ contract }) => contract.provides[capability ?? ''] !== undefined);
}

/** `$name`: a value that is passed on as it is. What is derived from it has another meaning, or unit. */
function parameterOf(binding: unknown): string | undefined {
  return typeof binding === 'string' ? /^\$([a-z][a-z0-9_]*)$/i.exec(binding)?.[1] : undefined;
}

function normal(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** `10M` and `10 million` are numbers here. */
function numberText(value: string): string {
  const [, digits, unit] = /^(-?[0-9.]+)\s?(k|m|million|thousand)$/i.exec(value.trim()) ?? [];
  if (digits === undefined || unit === undefined) return value.trim();
  return String(Math.round(Number(digits) * (/^m/i.test(unit) ? 1e6 : 1e3)));
}
