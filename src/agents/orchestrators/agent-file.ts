import { parse } from 'yaml';
import { z } from 'zod';
import { errorFinding, type Finding } from '../../kernel/findings.js';
import { problemsOf } from '../../planning/schema-problems.js';
import type { BudgetLimits } from '../budget.js';

/** Tools that an agent may be given. All of them look and change nothing; there is no other kind. */
export const agentTools = [
  'dataset',
  'participant',
  'files',
  'pipelines',
  'pipeline',
  'skills',
  'skill',
  'runs',
  'readme',
] as const;
export type AgentToolName = (typeof agentTools)[number];

const pattern = z.string().regex(/^[a-z0-9*-]+\/[a-z0-9*-]+$/, 'expected family/name, with * for any');

/** No agent file can ask for more than this, whoever wrote it. */
const MOST_TURNS = 40;
const MOST_TOKENS = 400_000;
const MOST_SECONDS = 3600;

const frontMatter = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected lower-case letters, digits and hyphens'),
  /** `user`: talks with the person. `orchestrator`: makes plans. `reviewer`: reads plans and may block them. */
  tier: z.enum(['user', 'orchestrator', 'reviewer']),
  /** One sentence: what it is asked for. The assistant chooses by it. */
  description: z.string().min(10).max(400),
  /** Patterns of what its plans may use; a plan with anything else is refused. */
  pipelines: z.array(pattern).default([]),
  skills: z.array(pattern).default([]),
  tools: z.array(z.enum(agentTools)).default([]),
  budget: z.strictObject({
    /** Answers of the model. */
    turns: z.number().int().min(2).max(MOST_TURNS),
    tokens: z.number().int().min(1000).max(MOST_TOKENS),
    seconds: z.number().int().min(10).max(MOST_SECONDS),
    /** In the currency of the price file; absent: no limit of its own. */
    money: z.number().positive().optional(),
  }),
});

export interface Agent extends z.infer<typeof frontMatter> {
  /** Markdown below the front matter: what it is told. */
  readonly instructions: string;
  readonly file: string;
}

/** What an agent may spend each time it is asked. */
export function limitsOf({ budget: { tokens, seconds, money } }: Agent): BudgetLimits {
  return { tokens, seconds, ...(money === undefined ? {} : { money }) };
}

const SHORTEST = 200;
const LONGEST = 12_000;

/** Reads AGENT.md: YAML front matter between `---` lines, then its instructions. Every problem comes with its field. */
export function readAgent(text: string, file: string): { agent?: Agent; findings: readonly Finding[] } {
  const broken = (message: string, field?: string, expected?: string): { findings: Finding[] } => ({
    findings: [
      errorFinding('agent.invalid', message, { file, ...(field === undefined ? {} : { field }) }, expected),
    ],
  });
  const match = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text);
  if (match === null) return broken('has no front matter', undefined, 'name, tier, ... between --- lines');
  let document: unknown;
  try {
    document = parse(match[1] ?? '');
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return broken(`the front matter is not YAML: ${reason}`);
  }
  const parsed = frontMatter.safeParse(document);
  if (!parsed.success)
    return {
      findings: problemsOf(parsed.error, document).map(({ field, message, expected }) =>
        errorFinding('agent.invalid', message, { file, field }, expected),
      ),
    };
  const instructions = text.slice(match[0].length).trim();
  if (instructions.length < SHORTEST || instructions.length > LONGEST)
    return broken(
      `the instructions have ${instructions.length} characters`,
      'body',
      `${SHORTEST} to ${LONGEST}: what it must know, and no more`,
    );
  if (
    parsed.data.tier === 'orchestrator' &&
    parsed.data.pipelines.length === 0 &&
    parsed.data.skills.length === 0
  )
    return broken(
      'an orchestrator without pipelines and skills can plan nothing',
      'pipelines',
      'patterns such as diffusion/*',
    );
  return { agent: { ...parsed.data, instructions, file }, findings: [] };
}
