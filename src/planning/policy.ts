import { z } from 'zod';
import { NeuroClawError } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import type { SkillRegistry } from '../skills/registry.js';
import { forecast } from './forecast.js';
import { matchesGlob } from './glob.js';
import type { CompiledStage, Job } from './job.js';
import { problemsOf } from './schema-problems.js';

/** Patterns in which `*` stands for anything. What is denied wins over what asks, and that over what is allowed. */
const rules = z.strictObject({
  allow: z.array(z.string().min(1)).default(['*']),
  ask: z.array(z.string().min(1)).default([]),
  deny: z.array(z.string().min(1)).default([]),
});
type Rules = z.infer<typeof rules>;

/** A sum of a plan by the forecast: above `ask` a yes is needed, above `deny` it never runs. */
const limit = z
  .strictObject({ ask: z.number().min(0).optional(), deny: z.number().min(0).optional() })
  .prefault({});

/** The most that may be spent; absent: no limit. Money in the currency of the price file. */
const budget = z
  .strictObject({
    tokens: z.number().int().positive().optional(),
    money: z.number().positive().optional(),
    seconds: z.number().positive().optional(),
  })
  .prefault({});

/** `neuroclaw.policy.yaml`: what may run without asking, what needs a yes, what never runs. */
export const policySchema = z.strictObject({
  schema: z.literal('neuroclaw/policy@1'),
  /** Skill ids, such as `niimath/*`. */
  skills: rules.prefault({}),
  /** Names of environments. */
  environments: rules.prefault({}),
  /** Labels without `sub-`. */
  participants: rules.prefault({}),
  /** Runtimes; tools of the host are not pinned, so that they ask where nothing else is said. */
  runtimes: rules.prefault({ ask: ['host'] }),
  /** What happens to jobs whose tool wants the network. */
  network: z.enum(['deny', 'ask', 'allow']).default('deny'),
  /** What one stage may cost, as it is forecast: disk in GB (10^9 bytes), hours of tools, number of jobs. */
  limits: z.strictObject({ disk_gb: limit, hours: limit, jobs: limit }).prefault({}),
  /** Language models by `provider:model`; what is asked about is denied where nobody can be asked. */
  models: rules.prefault({}),
  /**
   * A changed plan after a failed run: `ask` a person, `deny` proposing any, or `allow` it to run at once where a run of a
   * conversation failed, three rounds at most.
   */
  repairs: z.enum(['deny', 'ask', 'allow']).default('ask'),
  /**
   * What language models may cost in a conversation, and for one plan with its changes and repairs, and how many seconds
   * the jobs of a run may take by the clock. Settings can ask for less, never for more.
   */
  budgets: z.strictObject({ conversation: budget, run: budget }).prefault({}),
});
export type Policy = z.infer<typeof policySchema>;

export const defaultPolicy: Policy = policySchema.parse({ schema: 'neuroclaw/policy@1' });

/** Reads a policy from parsed YAML. Throws input.invalid with every problem as a finding. */
export function parsePolicy(document: unknown, file: string): Policy {
  const parsed = policySchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const findings = problemsOf(parsed.error, document).map(({ field, message, expected }) =>
    errorFinding('input.invalid', `${field}: ${message}`, { file, field }, expected),
  );
  throw new NeuroClawError('input.invalid', `${file} is not a sound policy: ${findings[0]?.message ?? ''}`, {
    place: findings[0]?.place ?? { file },
    findings,
  });
}

export type Verdict = 'allow' | 'ask' | 'deny';

export interface PolicyDecision {
  /** The strictest verdict over all jobs. */
  readonly verdict: Verdict;
  /** Errors (policy.denied) and warnings (policy.approval), one for each reason, with the number of jobs. */
  readonly findings: readonly Finding[];
}

export interface PolicyWorld {
  readonly skills: SkillRegistry;
  /** Which runtime an environment would be entered by here; undefined: not known yet. */
  readonly runtimeOf?: (environment: string) => string | undefined;
}

/**
 * Decides on compiled stages, whoever planned them: each job by skill, environment, runtime, network and the
 * participants whose data it reads, also through other jobs.
 */
export function decide(stages: readonly CompiledStage[], policy: Policy, world: PolicyWorld): PolicyDecision {
  const reasons = new Map<string, { verdict: Verdict; job: Job; jobs: number }>();
  const people = new Map<string, ReadonlySet<string>>();
  for (const job of stages.flatMap((stage) => stage.jobs)) {
    const labels = participantsOf(job, people);
    people.set(job.id, labels);
    for (const { what, verdict } of verdictsOn(job, labels, policy, world)) {
      if (verdict === 'allow') continue;
      const known = reasons.get(what);
      if (known === undefined) reasons.set(what, { verdict, job, jobs: 1 });
      else known.jobs += 1;
    }
  }
  const limits = stages.flatMap((stage) => overLimits(stage, policy));
  const findings = [...reasons].map(([what, { verdict, job, jobs }]): Finding => {
    const denied = verdict === 'deny';
    const count = jobs === 1 ? 'one job' : `${jobs} jobs`;
    return {
      code: denied ? 'policy.denied' : 'policy.approval',
      severity: denied ? 'error' : 'warning',
      message: `the policy ${denied ? 'denies' : 'asks about'} ${what} (${count})`,
      place: { job: job.id, skill: job.skill },
      suggestion: denied ? 'change the plan, or the policy' : 'say yes, or allow it in the policy',
    };
  });
  findings.push(...limits);
  const denied = findings.some(({ severity }) => severity === 'error');
  return { verdict: denied ? 'deny' : findings.length > 0 ? 'ask' : 'allow', findings };
}

/** What the policy says of a language model, before anything is sent to it. */
export function decideModel(name: string, policy: Policy): Verdict {
  return judge(policy.models, name);
}

const SECONDS_PER_HOUR = 3600;
const MB_PER_GB = 1000;

function overLimits(stage: CompiledStage, { limits }: Policy): Finding[] {
  const { seconds, diskMb } = forecast(stage);
  const sums = [
    ['disk', diskMb / MB_PER_GB, 'GB', limits.disk_gb],
    ['time', seconds / SECONDS_PER_HOUR, 'hours', limits.hours],
    ['jobs', stage.jobs.length, 'jobs', limits.jobs],
  ] as const;
  return sums.flatMap(([what, sum, unit, { ask, deny }]): Finding[] => {
    const denied = deny !== undefined && sum > deny;
    const most = denied ? deny : ask;
    if (most === undefined || sum <= most) return [];
    const amount = Number.isInteger(sum) ? String(sum) : sum.toPrecision(2);
    return [
      {
        code: denied ? 'policy.denied' : 'policy.approval',
        severity: denied ? 'error' : 'warning',
        message: `the policy ${denied ? 'denies' : 'asks about'} ${amount} ${unit} of stage ${stage.stage}, more than ${most}`,
        place: { field: `limits.${what === 'disk' ? 'disk_gb' : what === 'time' ? 'hours' : 'jobs'}` },
        suggestion: denied
          ? 'make the plan smaller, or change the policy'
          : 'say yes, or allow more in the policy',
      },
    ];
  });
}

interface Judged {
  readonly what: string;
  readonly verdict: Verdict;
}

function verdictsOn(
  job: Job,
  participants: ReadonlySet<string>,
  policy: Policy,
  world: PolicyWorld,
): Judged[] {
  const contract = world.skills.skills.get(job.skill)?.contract;
  const environment = contract?.environment;
  const runtime = environment === undefined ? undefined : world.runtimeOf?.(environment);
  const judged: Judged[] = [{ what: `the skill ${job.skill}`, verdict: judge(policy.skills, job.skill) }];
  if (environment !== undefined)
    judged.push({
      what: `the environment ${environment}`,
      verdict: judge(policy.environments, environment),
    });
  if (runtime !== undefined)
    judged.push({ what: `the runtime ${runtime}`, verdict: judge(policy.runtimes, runtime) });
  if (contract?.network === 'required')
    judged.push({ what: `network access of ${job.skill}`, verdict: policy.network });
  for (const label of participants)
    judged.push({ what: `data of sub-${label}`, verdict: judge(policy.participants, label) });
  return judged;
}

/** Whose data a job reads: its own participant, those of files in its folders, and those of the jobs it needs. */
function participantsOf(job: Job, people: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const labels = new Set<string>(job.entities['sub'] === undefined ? [] : [job.entities['sub']]);
  for (const need of job.needs) for (const label of people.get(need) ?? []) labels.add(label);
  for (const { name } of job.inputs.flatMap((input) => input.files)) {
    const label = /(?:^|\/)sub-([A-Za-z0-9]+)[_/]/.exec(name)?.[1];
    if (label !== undefined) labels.add(label);
  }
  return labels;
}

function judge({ allow, ask, deny }: Rules, name: string): Verdict {
  const fits = (patterns: readonly string[]): boolean =>
    patterns.some((pattern) => matchesGlob(pattern, name));
  if (fits(deny) || !(fits(allow) || fits(ask))) return 'deny';
  return fits(ask) ? 'ask' : 'allow';
}
