import { finish, type Model, type ModelMessage, type ToolCall, type ToolSchema } from '../../agents/model.js';
import { costOf, type Prices } from '../../agents/prices.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { JsonObject } from '../../kernel/json.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import type { AgentEnd, AgentUnderTest, TrialView } from '../trial/agent.js';
import type { SkillLibrary } from './skill-library.js';

const READ_LIMIT = 20_000;

const system = `You are an engineer of neuroimaging. You are given a task, a folder of inputs that is read-only and a folder for outputs.
Work with the tools only: run programs (an argv array, never a shell line; write {in} and {out} for the two folders), read and write files, look for skills that say how programs are used. Check your own results before you end. Call \`done\` when the outputs are complete.`;

const text = (description: string): JsonObject => ({ type: 'string', description });

function schema(
  name: string,
  description: string,
  properties: JsonObject,
  required: readonly string[],
): ToolSchema {
  return {
    name,
    description,
    parameters: { type: 'object', properties, required, additionalProperties: false },
  };
}

/** The tools of every arm: the same names, the same words. */
export const agentTools: readonly ToolSchema[] = [
  schema(
    'run',
    'Run one program in the sandbox. {in}, {out} and {scratch} in an argument stand for the folders.',
    {
      argv: { type: 'array', items: { type: 'string' }, description: 'program and arguments' },
      environment: text('environment to run it in, where more than one has the program; else leave it out'),
    },
    ['argv'],
  ),
  schema(
    'write_file',
    'Write a text file below the outputs.',
    { path: text('relative path'), text: text('content') },
    ['path', 'text'],
  ),
  schema('read_file', 'Read the beginning of a text file.', { path: text('in/... or out/...') }, ['path']),
  schema('list_files', 'List the outputs that are there.', {}, []),
  schema('find_skills', 'Look for skills by words.', { words: text('what is to be done') }, ['words']),
  schema('read_skill', 'Read a skill.', { id: text('id of the skill') }, ['id']),
  schema('done', 'End the task.', { message: text('one sentence') }, []),
];

export interface ModelAgentOptions {
  readonly model: Model;
  readonly provider: string;
  readonly arm: string;
  readonly skills: (environments: readonly string[]) => SkillLibrary;
  readonly prices: Prices | undefined;
}

interface Tally {
  input: number;
  output: number;
  cached: number;
  reasoning: number;
  calls: number;
  /** Undefined once one answer had no price. */
  usd: number | undefined;
}

/** A language model with the tools of the sandbox and nothing else. Its words earn nothing; what it leaves is verified. */
export function modelAgent(options: ModelAgentOptions): AgentUnderTest {
  return {
    provider: options.provider,
    model: withoutProvider(options.model.name),
    arm: options.arm,
    control: null,
    play: (view) => playModel(options, view),
  };
}

/** `gpt-5-mini` of `openai:gpt-5-mini`. */
function withoutProvider(name: string): string {
  return name.replace(/^[^:]+:/, '');
}

async function playModel(options: ModelAgentOptions, view: TrialView): Promise<AgentEnd> {
  const { model } = options;
  const { limits } = view.task;
  const library = options.skills(view.task.environments);
  const tally: Tally = { input: 0, output: 0, cached: 0, reasoning: 0, calls: 0, usd: 0 };
  const end = (status: AgentEnd['status'], message?: string): AgentEnd => ({
    status,
    ...(message === undefined ? {} : { message }),
    model: withoutProvider(model.name),
    usage: {
      input_tokens: tally.input,
      cached_tokens: tally.cached,
      output_tokens: tally.output,
      reasoning_tokens: tally.reasoning,
      usd: tally.usd ?? null,
      usd_source: tally.usd === undefined ? 'unknown' : 'price-file',
      llm_calls: tally.calls,
    },
  });
  const messages: ModelMessage[] = [
    { role: 'system', text: system },
    { role: 'user', text: view.instruction },
  ];
  try {
    for (let turn = 0; turn < limits.agent_turns; turn++) {
      const answer = await finish(model.stream({ messages, tools: agentTools }, { signal: view.signal }));
      count(tally, model.name, answer.usage, options.prices);
      view.asked({
        model: model.name,
        input: answer.usage?.inputTokens ?? 0,
        output: answer.usage?.outputTokens ?? 0,
      });
      if (answer.finish === 'refusal') return end('refused', answer.refusal ?? 'the provider refused');
      if (answer.toolCalls.length === 0) return end('ended');
      messages.push({ role: 'assistant', text: answer.text, toolCalls: answer.toolCalls });
      for (const call of answer.toolCalls) {
        if (call.name === 'done') return end('ended');
        messages.push({
          role: 'tool',
          call: call.id,
          name: call.name,
          ...(await answerCall(call, view.sandbox, library)),
        });
      }
      if (tally.input + tally.output > limits.tokens)
        return end('budget', `more than ${limits.tokens} tokens`);
      if ((tally.usd ?? 0) > limits.usd) return end('budget', `more than ${limits.usd} USD`);
    }
    return end('budget', `${limits.agent_turns} turns`);
  } catch (error) {
    if (view.signal.aborted) return end('timeout', `${limits.wall_s} s`);
    if (error instanceof NeuroClawError && error.errorClass === 'provider')
      return end('infra_error', error.message);
    throw error;
  }
}

function count(
  tally: Tally,
  model: string,
  usage: Awaited<ReturnType<typeof finish>>['usage'],
  prices: Prices | undefined,
): void {
  tally.calls += 1;
  if (usage === undefined) {
    tally.usd = undefined;
    return;
  }
  tally.input += usage.inputTokens;
  tally.output += usage.outputTokens;
  tally.cached += usage.cachedTokens ?? 0;
  tally.reasoning += usage.reasoningTokens ?? 0;
  const cost = costOf(model, usage, prices);
  tally.usd = tally.usd === undefined || cost === undefined ? undefined : tally.usd + cost;
}

async function answerCall(
  call: ToolCall,
  sandbox: Sandbox,
  library: SkillLibrary,
): Promise<{ text: string; failed?: boolean }> {
  const wrong = (said: string): { text: string; failed: boolean } => ({ text: said, failed: true });
  if (call.malformed !== undefined) return wrong('the arguments were not a JSON object');
  const word = (name: string): string =>
    typeof call.arguments[name] === 'string' ? call.arguments[name] : '';
  try {
    switch (call.name) {
      case 'run': {
        const { argv } = call.arguments;
        if (!Array.isArray(argv) || argv.length === 0 || !argv.every((token) => typeof token === 'string'))
          return wrong('argv must be an array of strings: the program and its arguments');
        const done = await sandbox.run(argv, word('environment') || undefined);
        return {
          text: JSON.stringify({
            exit: done.exit.exitCode ?? done.exit.reason,
            ...(done.exit.message === undefined ? {} : { message: done.exit.message }),
            stdout: done.stdout,
            stderr: done.stderr,
            new_or_changed: done.changed.slice(0, 100),
          }),
        };
      }
      case 'write_file':
        await sandbox.write(word('path'), word('text'));
        return { text: `wrote out/${word('path')}` };
      case 'read_file': {
        const read = await sandbox.read(word('path'), READ_LIMIT);
        return read === undefined ? wrong(`there is no file ${word('path')}`) : { text: read };
      }
      case 'list_files': {
        const { files } = await sandbox.settle();
        return {
          text: JSON.stringify([...files].map(([path, { bytes }]) => ({ path: `out/${path}`, bytes }))),
        };
      }
      case 'find_skills':
        return { text: JSON.stringify(library.find(word('words'))) };
      case 'read_skill':
        return { text: library.read(word('id')) ?? `there is no skill ${word('id')}` };
      default:
        return wrong(`there is no tool ${call.name}`);
    }
  } catch (error) {
    if (error instanceof NeuroClawError && error.errorClass === 'input') return wrong(error.message);
    throw error;
  }
}
