import { NeuroClawError } from '../../kernel/errors.js';
import type { JsonValue } from '../../kernel/json.js';
import { nearest } from '../../kernel/text.js';
import { matchesGlob } from '../../planning/glob.js';
import { parseParameter, presetNames } from '../../planning/parameters.js';
import { planSchema, type Plan, type PlanStage } from '../../planning/plan.js';
import { problemsOf } from '../../planning/schema-problems.js';
import { clean } from '../safety/untrusted.js';
import type { Privacy } from '../safety/privacy.js';
import type { Agent } from './agent-file.js';
import type { OrchestratorAnswer } from './answer.js';
import type { PlanningWorld } from './planning-world.js';

type AnswerStage = OrchestratorAnswer['stages'][number];

export interface PlanAuthor {
  readonly model: string;
  readonly agent: Agent;
  readonly promptSha256: string;
  readonly request: string;
}

/**
 * Makes a plan of what a model answered. The model names pipelines, parameters and participants; the folders, the files
 * and the naming of DICOM series come from the person and the rules. What is not allowed or not known is a problem, in
 * words that go back to the model.
 */
export function planOfAnswer(
  answer: OrchestratorAnswer,
  author: PlanAuthor,
  world: PlanningWorld,
  privacy: Privacy,
): { plan: Plan } | { problems: string[] } {
  const problems: string[] = [];
  const stages: PlanStage[] = [];
  if (world.conversion !== undefined) stages.push(world.conversion);
  const converts = typeof world.conversion?.pipeline === 'string' ? world.conversion.pipeline : undefined;
  for (const [index, wanted] of answer.stages.entries()) {
    // The conversion of DICOMs is planned by rules and stands first already.
    if (wanted.pipeline === converts) continue;
    const say = (field: string, what: string): void =>
      void problems.push(`stages[${index}].${field}: ${what}`);
    stages.push(stageOf(wanted, author.agent, world, privacy, say));
  }
  if (problems.length > 0) return { problems };
  const show = (text: string): string => privacy.show(oneLine(text));
  const document = {
    schema: 'neuroclaw/plan@1',
    title: show(answer.title ?? stages.map(({ id }) => id).join(', then ')) || 'Plan',
    request: author.request,
    out: world.out,
    origin: {
      planner: 'model',
      version: '1.0.0',
      reasons: answer.reasons.map(show),
      alternatives: answer.alternatives.map(({ what, why_not }) => ({
        what: show(what),
        why_not: show(why_not),
      })),
      model: { name: author.model, agent: author.agent.name, prompt_sha256: author.promptSha256 },
    },
    stages,
  };
  const parsed = planSchema.safeParse(document);
  if (parsed.success) return { plan: parsed.data };
  return {
    problems: problemsOf(parsed.error, document).map(
      ({ field, message, expected }) =>
        `${field}: ${message}${expected === undefined ? '' : ` (${expected})`}`,
    ),
  };
}

type Say = (field: string, what: string) => void;

function stageOf(
  wanted: AnswerStage,
  agent: Agent,
  world: PlanningWorld,
  privacy: Privacy,
  say: Say,
): PlanStage {
  const allowed = [...world.pipelines.keys()].filter((id) =>
    agent.pipelines.some((pattern) => matchesGlob(pattern, id)),
  );
  const pipeline = allowed.includes(wanted.pipeline) ? world.pipelines.get(wanted.pipeline) : undefined;
  if (pipeline === undefined)
    say('pipeline', `${oneLine(wanted.pipeline)} is none of yours${known(wanted.pipeline, allowed)}`);
  const params: Record<string, JsonValue> = {};
  for (const { name, value } of wanted.params) {
    const unsafe = unsafeValue(value);
    if (unsafe !== undefined) say(`params.${oneLine(name)}`, unsafe);
    else if (pipeline !== undefined) readParameter(pipeline, name, privacy.show(value), params, say);
  }
  const select: Record<string, string> = {};
  for (const { name, value } of wanted.select)
    if (/^[a-z]+$/.test(name) && /^[A-Za-z0-9+]+$/.test(value)) select[name] = value;
    else say('select', `${oneLine(name)} = ${oneLine(value)} is no entity of BIDS with its label`);
  if (wanted.preset !== null && pipeline !== undefined && !presetNames(pipeline).includes(wanted.preset))
    say(
      'preset',
      `${pipeline.id} has no preset ${oneLine(wanted.preset)}${known(wanted.preset, presetNames(pipeline))}`,
    );
  const providers: Record<string, string> = {};
  for (const { name, value } of wanted.use)
    if (agent.skills.some((pattern) => matchesGlob(pattern, value)) && world.skills.skills.has(value))
      providers[name] = value;
    else say('use', `the skill ${oneLine(value)} is none of yours`);
  const participants = participantsOf(wanted, world, privacy, say);
  const first = world.conversion?.id;
  const follows = wanted.follows ?? first;
  const inputs = Object.fromEntries(
    Object.entries(world.inputs ?? {}).filter(([name]) => pipeline?.inputs[name] !== undefined),
  );
  return {
    id: wanted.id,
    pipeline: pipeline?.id ?? wanted.pipeline,
    ...(pipeline === undefined ? {} : { version: pipeline.version }),
    data: follows === undefined ? world.data : { stage: follows },
    ...(participants === undefined ? {} : { participants }),
    select,
    params: params as PlanStage['params'],
    ...(wanted.preset === null ? {} : { preset: wanted.preset }),
    inputs,
    providers,
  };
}

function readParameter(
  pipeline: Parameters<typeof parseParameter>[0],
  name: string,
  value: string,
  params: Record<string, JsonValue>,
  say: Say,
): void {
  try {
    const read = parseParameter(pipeline, name, value);
    if (read === undefined)
      say(
        `params.${oneLine(name)}`,
        `${pipeline.id} has no such parameter${known(name, Object.keys(pipeline.parameters))}`,
      );
    else params[name] = read;
  } catch (error) {
    if (!(error instanceof NeuroClawError)) throw error;
    say(
      `params.${name}`,
      `${error.message}${error.expected === undefined ? '' : `, expected ${error.expected}`}`,
    );
  }
}

/** Participants that are asked for, within those that the person named. */
function participantsOf(
  { participants }: AnswerStage,
  world: PlanningWorld,
  privacy: Privacy,
  say: Say,
): string[] | undefined {
  const limit = world.participants;
  if (participants === null || participants.length === 0) return limit === undefined ? undefined : [...limit];
  const there = world.bids?.dataset.participants.map(({ label }) => label);
  const labels: string[] = [];
  for (const alias of participants) {
    const label = privacy.label(alias);
    if (label === undefined || (there !== undefined && !there.includes(label)))
      say('participants', `there is no participant ${oneLine(alias)}`);
    else if (limit !== undefined && !limit.includes(label))
      say('participants', `the person asked for other participants than ${oneLine(alias)}`);
    else labels.push(label);
  }
  return labels;
}

/** A parameter is a value, never a path or another option of the tool. */
function unsafeValue(value: string): string | undefined {
  if (clean(value) !== value || /[\n\t]/.test(value)) return 'holds characters that no parameter needs';
  if (/^-{1,2}[A-Za-z]/.test(value)) return 'looks like an option of a program, not like a value';
  if (/[/\\~`$;|&<>]|\.\./.test(value)) return 'looks like a path or a command, not like a value';
  return undefined;
}

function known(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return `${near === undefined ? '' : `; did you mean ${near}?`} (there are: ${names.join(', ')})`;
}

const LINE = 500;

function oneLine(text: string): string {
  return clean(text).replace(/\s+/g, ' ').trim().slice(0, LINE);
}
