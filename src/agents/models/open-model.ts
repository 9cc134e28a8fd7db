import { dropTracing } from '../../config/environment.js';
import type { ModelKey } from '../../config/model-key.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { Model } from '../model.js';
import { chatModel } from './chat-model.js';
import type { Client, ClientOptions } from './client.js';
import { chooseModel, type Protocol } from './providers.js';
import { openTape } from './tape.js';
import type { RetryRules } from './waiting.js';

export interface OpenModelOptions {
  /** `openai:gpt-5-mini`, or the name of a model at `url`. */
  readonly name: string;
  /** Address of the server, where it is not the provider's own. */
  readonly url?: string;
  /** Finds the key for the variables that a provider names. */
  readonly key: (variables: readonly string[]) => ModelKey | undefined;
  /** Seconds for one whole answer, and without anything coming. */
  readonly totalS: number;
  readonly idleS: number;
  /** File that is replayed where it is there, and recorded into where it is not. */
  readonly tape?: string;
  readonly rules?: RetryRules;
}

/**
 * Opens a model by name. Nothing is loaded or sent before the first question. Throws provider.unknown for a name that
 * means nothing, provider.key where the provider wants a key and none is set; a tape that is replayed wants none.
 */
export function openModel(options: OpenModelOptions): Model {
  dropTracing();
  const { name, url, totalS, idleS, rules } = options;
  const choice = chooseModel(name, url);
  const tape = options.tape === undefined ? undefined : openTape(options.tape);
  const replay = tape?.mode === 'replay';
  const key = replay ? undefined : options.key(choice.entry.keys);
  const wanted = choice.entry.keys.length > 0 && choice.provider !== 'server' && url === undefined;
  if (key === undefined && wanted && !replay)
    throw new NeuroClawError('provider.key', `${choice.provider} wants a key, and none is set`, {
      expected: `${choice.entry.keys.join(' or ')} in the environment, or model_key_file in the settings`,
    });
  return chatModel({
    name: `${choice.provider}:${choice.model}`,
    choice,
    ...(key === undefined ? {} : { key: key.reveal() }),
    totalS,
    idleS,
    ...(rules === undefined ? {} : { rules }),
    ...(tape === undefined ? {} : { tape }),
    client: () => loadClient(choice.entry.protocol),
  });
}

type OpenClient = (options: ClientOptions) => Client;

async function loadClient(protocol: Protocol): Promise<OpenClient> {
  switch (protocol) {
    case 'openai':
      return (await import('./clients/openai.js')).openAiClient;
    case 'anthropic':
      return optional(
        '@langchain/anthropic',
        async () => (await import('./clients/anthropic.js')).anthropicClient,
      );
    case 'ollama':
      return optional('@langchain/ollama', async () => (await import('./clients/ollama.js')).ollamaClient);
  }
}

async function optional(name: string, load: () => Promise<OpenClient>): Promise<OpenClient> {
  try {
    return await load();
  } catch (error) {
    const missing = error instanceof Error && error.message.includes(name);
    if (!missing) throw error;
    throw new NeuroClawError('provider.unknown', `the package ${name} is not installed`, {
      hint: `install it beside NeuroClaw: npm install ${name}`,
      cause: error,
    });
  }
}
