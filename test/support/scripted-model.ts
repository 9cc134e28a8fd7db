import type { Model, ModelPart, ModelRequest, ModelResult, ToolCall } from '../../src/agents/model.js';

/** One answer of a scripted model: text, tool calls, a whole result, or a failure. */
export type ScriptedReply =
  | string
  | { text?: string; calls?: readonly { name: string; arguments: ToolCall['arguments'] }[] }
  | { result: ModelResult }
  | { fail: Error };

export interface ScriptedModel extends Model {
  /** Every request as it came. */
  readonly requests: ModelRequest[];
}

/**
 * A model that answers from a list, or by a function of the request. It streams text in pieces of a few letters, and
 * fails the test that asks for more answers than the script has.
 */
export function scriptedModel(
  script: readonly ScriptedReply[] | ((request: ModelRequest, turn: number) => ScriptedReply),
  name = 'scripted:test',
): ScriptedModel {
  const requests: ModelRequest[] = [];
  return {
    name,
    address: 'none',
    requests,
    async *stream(request, { signal } = {}): AsyncGenerator<ModelPart> {
      await Promise.resolve();
      signal?.throwIfAborted();
      const turn = requests.length;
      // A copy: conversations grow.
      requests.push({ ...request, messages: [...request.messages] });
      const reply = typeof script === 'function' ? script(request, turn) : script[turn];
      if (reply === undefined) throw new Error(`the script has no answer number ${turn + 1}`);
      if (typeof reply !== 'string' && 'fail' in reply) throw reply.fail;
      const result = resultOf(reply, turn);
      for (const text of result.text.match(/.{1,7}/gs) ?? []) {
        signal?.throwIfAborted();
        yield { type: 'text', text };
      }
      yield { type: 'result', result };
    },
  };
}

function resultOf(reply: Exclude<ScriptedReply, { fail: Error }>, turn: number): ModelResult {
  if (typeof reply === 'string') return { text: reply, toolCalls: [], usage: usage(reply), finish: 'stop' };
  if ('result' in reply) return reply.result;
  const { text = '', calls = [] } = reply;
  const toolCalls = calls.map((call, index) => ({ id: `call-${turn}-${index}`, ...call }));
  return { text, toolCalls, usage: usage(text), finish: calls.length > 0 ? 'tools' : 'stop' };
}

function usage(text: string): { inputTokens: number; outputTokens: number } {
  return { inputTokens: 100, outputTokens: 1 + Math.ceil(text.length / 4) };
}

export interface PlannedAnswer {
  readonly pipeline?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly select?: Readonly<Record<string, string>>;
  readonly use?: Readonly<Record<string, string>>;
  readonly participants?: readonly string[];
  readonly preset?: string;
  readonly question?: string;
  readonly choices?: readonly string[];
  readonly cannot?: readonly string[];
}

/** The answer of an orchestrator in its flat form: a plan of one stage, a question, or "cannot". */
export function plannedAnswer(answer: PlannedAnswer): string {
  const pairs = (of: Readonly<Record<string, string>> = {}) =>
    Object.entries(of).map(([name, value]) => ({ name, value }));
  const stage = {
    id: 'stage-1',
    pipeline: answer.pipeline ?? '',
    follows: null,
    participants: answer.participants ?? null,
    select: pairs(answer.select),
    params: pairs(answer.params),
    preset: answer.preset ?? null,
    use: pairs(answer.use),
  };
  return JSON.stringify({
    outcome: answer.pipeline !== undefined ? 'plan' : answer.question !== undefined ? 'question' : 'cannot',
    title: answer.pipeline === undefined ? null : 'A plan of the script',
    stages: answer.pipeline === undefined ? [] : [stage],
    reasons: answer.cannot ?? ['the script says so'],
    alternatives: [],
    question: answer.question ?? null,
    choices: answer.choices ?? [],
  });
}
