import { NeuroClawError } from '../../kernel/errors.js';
import { redactSecrets } from '../../trace/redact.js';
import type { Model, ModelMessage, ModelPart, ModelRequest, StreamOptions } from '../model.js';
import type { Client, ClientOptions } from './client.js';
import { openExchange } from './exchange.js';
import { failureInStream, failureOfNetwork, ProviderFailure } from './failure.js';
import type { ModelChoice } from './providers.js';
import type { Tape } from './tape.js';
import { retryRules, sleep, waitBefore, type RetryRules } from './waiting.js';

export interface ChatModelOptions {
  readonly name: string;
  readonly choice: ModelChoice;
  readonly key?: string;
  readonly totalS: number;
  readonly idleS: number;
  readonly rules?: RetryRules;
  readonly tape?: Tape;
  /** The client of the protocol; loaded with LangChain at the first question. */
  readonly client: () => Promise<(options: ClientOptions) => Client>;
}

/** A model of a provider, through LangChain's client of its protocol. Retries, clocks and errors are our own. */
export function chatModel(options: ChatModelOptions): Model {
  const { name, choice, rules = retryRules } = options;
  // What is known of the server: some take no schema, and say so when they are given one.
  let known = options;
  return {
    name,
    address: choice.address,
    async *stream(request: ModelRequest, { signal }: StreamOptions = {}): AsyncGenerator<ModelPart> {
      for (let attempt = 1; ; attempt += 1) {
        let begun = false;
        try {
          for await (const part of answer(known, request, signal)) {
            begun = true;
            yield part;
          }
          return;
        } catch (error) {
          if (aborted(signal)) throw stopped(error);
          if (!(error instanceof ProviderFailure)) throw error;
          if (!begun && known === options && refusesSchema(error, request, choice)) {
            known = {
              ...options,
              choice: { ...choice, entry: { ...choice.entry, answers: 'json-schema-beside' } },
            };
            continue;
          }
          const seconds = begun ? undefined : waitBefore(error, attempt, rules);
          if (seconds === undefined) throw lastWord(error, attempt);
          yield { type: 'waiting', seconds, reason: error.error.message };
          await sleep(seconds, signal);
          if (aborted(signal)) throw stopped(error);
        }
      }
    },
  };
}

async function* answer(
  options: ChatModelOptions,
  request: ModelRequest,
  signal: AbortSignal | undefined,
): AsyncGenerator<ModelPart> {
  if (aborted(signal)) throw stopped(undefined);
  const { choice, key, tape } = options;
  const hide = (text: string): string => hideKeys(text, key);
  const exchange = openExchange({
    address: choice.address,
    totalS: options.totalS,
    idleS: options.idleS,
    hide,
    ...(tape === undefined ? {} : { tape }),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const [client, { toLangChain }, { Answer }] = await Promise.all([
      options.client(),
      import('./messages.js'),
      import('./chunks.js'),
    ]);
    const gathered = new Answer(request, choice.address);
    const ask = client({ choice, ...(key === undefined ? {} : { key }), exchange });
    try {
      const chunks = await ask(request, toLangChain(withSchema(request, choice)));
      for await (const chunk of chunks) yield* gathered.take(chunk);
    } catch (error) {
      throw exchange.failure() ?? failureOfClient(error, choice.address, hide);
    }
    // A client may end its stream as if all were well when the connection below it was cut.
    const failure = exchange.failure();
    if (failure !== undefined) throw failure;
    if (aborted(signal)) throw stopped(undefined);
    yield { type: 'result', result: gathered.result() };
  } finally {
    exchange.close();
  }
}

/** Where a provider holds answers to JSON alone, the schema stands in the prompt. */
function withSchema(
  { messages, answer: wanted }: ModelRequest,
  { entry }: ModelChoice,
): readonly ModelMessage[] {
  if (wanted === undefined || entry.answers === 'schema') return messages;
  const text = `Answer with JSON alone, of this JSON Schema: ${JSON.stringify(wanted.schema)}`;
  const systems = messages.filter(({ role }) => role === 'system');
  return [...systems, { role: 'system', text }, ...messages.filter(({ role }) => role !== 'system')];
}

/** llama-cpp-python answers with status 500, others with 400 or 422; all name the field that they do not know. */
function refusesSchema(
  { error }: ProviderFailure,
  { answer: wanted }: ModelRequest,
  { entry }: ModelChoice,
): boolean {
  return (
    wanted !== undefined && entry.answers === 'schema' && /response_format|json_schema/i.test(error.message)
  );
}

/** What a client library throws by itself: an error event in the stream, or bytes that are no answer. */
function failureOfClient(error: unknown, where: string, hide: (text: string) => string): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  if (error instanceof NeuroClawError) return new ProviderFailure(error, false);
  if (error instanceof SyntaxError || error instanceof TypeError)
    return new ProviderFailure(
      new NeuroClawError('provider.answer', `what ${where} sent cannot be read: ${hide(error.message)}`, {
        cause: error,
      }),
      false,
    );
  const text = error instanceof Error ? error.message : JSON.stringify(error);
  return /connection|socket|network/i.test(text)
    ? failureOfNetwork(where, error)
    : failureInStream(where, text, hide);
}

/** Keys of the usual forms are hidden even when they are not the one that was sent. */
const KEY_LIKE = /\b(sk|gsk|AIza|xai|pk|key)[-_A-Za-z0-9*]{16,}/g;

function hideKeys(text: string, key: string | undefined): string {
  return redactSecrets(text, key === undefined ? [] : [key]).replace(KEY_LIKE, '[redacted]');
}

/** Asked anew each time: it changes while one waits. */
function aborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function stopped(cause: unknown): NeuroClawError {
  return new NeuroClawError('job.cancelled', 'the answer of the model was stopped', { cause });
}

function lastWord({ error, again, retryAfterS }: ProviderFailure, attempts: number): NeuroClawError {
  if (!again) return error;
  const wait =
    retryAfterS === undefined ? '' : `; the provider says to come back in ${Math.ceil(retryAfterS)} s`;
  const tries = attempts === 1 ? '' : ` (asked ${attempts} times)`;
  if (wait === '' && tries === '') return error;
  return new NeuroClawError(error.code, `${error.message}${tries}${wait}`, { cause: error });
}
