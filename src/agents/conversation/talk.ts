import { NeuroClawError } from '../../kernel/errors.js';
import { closeToolCalls, type ModelMessage, type ModelResult, type ToolSchema } from '../model.js';
import type { Minds } from '../minds.js';
import { limitsOf } from '../orchestrators/agent-file.js';
import type { Reply } from '../reply.js';
import type { Privacy } from '../safety/privacy.js';
import { untrusted, UNTRUSTED_RULE } from '../safety/untrusted.js';
import type { Turn } from './state.js';
import { topicNames, type Topic, type TopicName } from './topics.js';

export interface TalkContext {
  readonly minds: Minds;
  readonly privacy: Privacy;
  /** What was said before. */
  readonly turns: readonly Turn[];
  /** What waits for the person, in a line. */
  readonly waiting: string;
  /** Answers from index, traces, keys and results. */
  readonly about: (topic: Topic) => Promise<Reply>;
  readonly signal?: AbortSignal | undefined;
}

/** What the assistant does with a turn: words as they come, then an answer, or a wish for an orchestrator. */
export type TalkPart =
  | { readonly does: 'says'; readonly text: string }
  | { readonly does: 'waits'; readonly seconds: number; readonly reason: string }
  /** It is asked again without what was said before. */
  | { readonly does: 'forgets'; readonly reason: string }
  | { readonly does: 'answers'; readonly text: string; readonly looked: readonly string[] }
  | { readonly does: 'hands-over'; readonly agent: string; readonly wish: string }
  /** A repair of the last failed run is wanted; `wish`: what was said to it, or nothing. */
  | { readonly does: 'repairs'; readonly wish: string };

/** Turns of the talk that the model is reminded of, and characters of each reply. */
const REMEMBERED = 10;
const LONGEST = 1500;
const REPAIR = 'repair';
/** The same call so often is a loop. */
const SAME_CALL = 3;

/**
 * Lets the assistant's model answer a turn. It can only look, and hand a wish to an orchestrator: approving, running and
 * remembering are read from the person's own words and never from the model's. Throws errors of class provider and
 * budget, for the caller to go on by rules.
 */
export async function* talk(words: string, context: TalkContext): AsyncGenerator<TalkPart> {
  const { minds, privacy, signal } = context;
  const { assistant } = minds;
  const { turns } = assistant.budget;
  const part = minds.budget.within(limitsOf(assistant), `the agent ${assistant.name} for one turn`);
  const model = part.wrap(minds.model);
  const tools = toolsOf(minds);
  const messages: ModelMessage[] = opening(words, context);
  /** Messages of earlier turns, behind the system prompt. */
  let earlier = messages.length - 2;
  const calls = new Map<string, number>();
  const looked: string[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    let result: ModelResult | undefined;
    try {
      for await (const part of model.stream(
        { messages: closeToolCalls(messages), tools },
        signal === undefined ? {} : { signal },
      )) {
        if (part.type === 'result') result = part.result;
        else if (part.type === 'text') yield { does: 'says', text: privacy.show(part.text) };
        else yield { does: 'waits', seconds: part.seconds, reason: part.reason };
      }
    } catch (error) {
      if (!(error instanceof NeuroClawError) || error.code !== 'provider.context' || earlier === 0)
        throw error;
      messages.splice(1, earlier);
      earlier = 0;
      yield { does: 'forgets', reason: error.message };
      continue;
    }
    if (result === undefined)
      throw new NeuroClawError('provider.cut', 'the answer of the model ended before it was complete');
    if (result.finish === 'refusal')
      throw new NeuroClawError(
        'provider.refused',
        `the model declined to answer${result.refusal === undefined ? '' : `: ${result.refusal}`}`,
      );
    if (result.toolCalls.length === 0) {
      if (result.text.trim() === '')
        throw new NeuroClawError('provider.answer', 'the model gave an empty answer');
      return yield { does: 'answers', text: privacy.show(result.text), looked };
    }
    messages.push({ role: 'assistant', text: result.text, toolCalls: result.toolCalls });
    for (const call of result.toolCalls) {
      const wish = call.arguments['wish'];
      const agent = /^plan_(.+)$/.exec(call.name)?.[1]?.replaceAll('_', '-');
      if (
        agent !== undefined &&
        minds.orchestrators.has(agent) &&
        typeof wish === 'string' &&
        wish.trim() !== ''
      )
        return yield { does: 'hands-over', agent, wish: privacy.show(wish) };
      if (call.name === REPAIR && call.malformed === undefined)
        return yield { does: 'repairs', wish: typeof wish === 'string' ? privacy.show(wish.trim()) : '' };
      const key = `${call.name} ${JSON.stringify(call.arguments)}`;
      calls.set(key, (calls.get(key) ?? 0) + 1);
      if ((calls.get(key) ?? 0) > SAME_CALL)
        throw new NeuroClawError(
          'budget.turns',
          'the model goes in circles: it made the same call again and again',
        );
      const topic = call.arguments['topic'];
      const known = topicNames.find((name) => name === topic);
      let text: string;
      if (call.malformed !== undefined)
        text = 'The arguments are not a JSON object. Call the tool again with one.';
      else if (call.name !== 'look')
        text = `There is no such call. Tools: ${tools.map(({ name }) => name).join(', ')}; plan_ tools want a wish.`;
      else if (known === undefined) text = `There is no such topic. Topics: ${topicNames.join(', ')}.`;
      else {
        looked.push(known);
        text = await lookUp(known, call.arguments['question'], words, context);
      }
      messages.push({ role: 'tool', call: call.id, name: call.name, text });
    }
  }
  throw new NeuroClawError('budget.turns', 'the assistant used all its turns without coming to an end');
}

async function lookUp(
  name: TopicName,
  question: unknown,
  words: string,
  { about, privacy }: TalkContext,
): Promise<string> {
  const text = typeof question === 'string' && question.trim() !== '' ? privacy.show(question) : words;
  try {
    return untrusted(name, privacy.hide(textOf(await about({ name, text }))));
  } catch (error) {
    if (!(error instanceof NeuroClawError) || error.errorClass === 'internal') throw error;
    return untrusted(name, privacy.hide(error.message));
  }
}

function toolsOf({ orchestrators }: Minds): ToolSchema[] {
  const object = (properties: Record<string, { type: string; description: string }>) => ({
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  });
  return [
    {
      name: 'look',
      description: `Looks something up and changes nothing. Topics: ${topicNames.join(', ')}.`,
      parameters: object({
        topic: { type: 'string', description: 'One of the topics' },
        question: {
          type: 'string',
          description: 'The question in words, with labels and values that matter',
        },
      }),
    },
    {
      name: REPAIR,
      description:
        'Has a repair of the last failed run proposed by the agent of what failed: a changed plan, which runs only after the yes of the person. For when they want a failure mended.',
      parameters: object({
        wish: { type: 'string', description: 'What the person said to it, in their words; empty if nothing' },
      }),
    },
    ...[...orchestrators.values()].map(({ name, description }) => ({
      name: `plan_${name.replaceAll('-', '_')}`,
      description: `Hands a wish to the agent ${name}, which makes a plan, asks, or says why not. ${description}`,
      parameters: object({
        wish: { type: 'string', description: 'What the person wants, complete and in their words' },
      }),
    })),
  ];
}

function opening(words: string, { minds, privacy, turns, waiting }: TalkContext): ModelMessage[] {
  const system = [
    'You are a part of NeuroClaw, which turns wishes about neuroimaging data into plans, runs them with real programs and verifies every result.',
    'You talk with the person. You look with your tool, hand wishes to the agents that plan, have failed runs repaired, and answer. You run nothing and approve nothing: the person says yes, no, stop, resume, undo or remember themselves.',
    UNTRUSTED_RULE,
    `# You are the agent ${minds.assistant.name}`,
    minds.assistant.instructions,
    waiting,
  ].join('\n\n');
  const before = turns.slice(-REMEMBERED).flatMap(({ said, replies }): ModelMessage[] => [
    { role: 'user', text: privacy.hide(said) },
    {
      role: 'assistant',
      text: privacy.hide(replies.map(textOf).join('\n').slice(0, LONGEST)) || '(nothing)',
    },
  ]);
  return [{ role: 'system', text: system }, ...before, { role: 'user', text: privacy.hide(words) }];
}

/** A reply as a model may read it: texts and numbers, no folders. */
export function textOf(reply: Reply): string {
  switch (reply.kind) {
    case 'answer':
    case 'note':
      return reply.text;
    case 'methods':
      return reply.text;
    case 'question':
      return reply.questions.map(({ text, choices }) => `asked: ${text} ${choices.join(', ')}`).join('\n');
    case 'cannot':
      return `cannot: ${reply.reasons.join('; ')}`;
    case 'plan':
      return `proposed: ${reply.plan.title}. ${reply.stages.map(({ pipeline, jobs }) => `${pipeline}, ${jobs} jobs`).join('; ')}`;
    case 'results':
      return `${reply.outcome}: ${JSON.stringify({ counts: reply.counts, tables: reply.tables, unfinished: reply.unfinished, error: reply.error?.message })}`;
    case 'progress':
    case 'piece':
      return '';
  }
}
