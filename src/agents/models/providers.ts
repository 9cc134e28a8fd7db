import { NeuroClawError } from '../../kernel/errors.js';
import { nearest } from '../../kernel/text.js';

/** The protocol that a provider speaks, each with a client of its own in `clients/`. */
export type Protocol = 'openai' | 'anthropic' | 'ollama';

export interface Provider {
  readonly protocol: Protocol;
  /** Where it listens; undefined: the person must say (`model_url`). */
  readonly address?: string;
  /** Environment variables that hold its key, the first that is there. Empty: it wants none. */
  readonly keys: readonly string[];
  /**
   * Whether it holds an answer to a schema, or only to JSON (the schema then stands in the prompt), or to the schema beside
   * the word JSON, as llama.cpp's Python server does.
   */
  readonly answers: 'schema' | 'json' | 'json-schema-beside';
}

/**
 * Providers by name. Addresses and variables are those of their documentation: platform.openai.com/docs,
 * docs.anthropic.com, ai.google.dev/gemini-api/docs/openai, docs.ollama.com/api, openrouter.ai/docs,
 * api-docs.deepseek.com (JSON alone, no schemas), alibabacloud.com/help/model-studio (international address),
 * learn.microsoft.com/azure/foundry/openai/api-version-lifecycle (the v1 address of a resource).
 */
export const providers: Readonly<Record<string, Provider>> = {
  openai: {
    protocol: 'openai',
    address: 'https://api.openai.com/v1',
    keys: ['OPENAI_API_KEY'],
    answers: 'schema',
  },
  anthropic: {
    protocol: 'anthropic',
    address: 'https://api.anthropic.com',
    keys: ['ANTHROPIC_API_KEY'],
    answers: 'schema',
  },
  google: {
    protocol: 'openai',
    address: 'https://generativelanguage.googleapis.com/v1beta/openai',
    keys: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    answers: 'schema',
  },
  ollama: { protocol: 'ollama', address: 'http://127.0.0.1:11434', keys: [], answers: 'schema' },
  openrouter: {
    protocol: 'openai',
    address: 'https://openrouter.ai/api/v1',
    keys: ['OPENROUTER_API_KEY'],
    answers: 'schema',
  },
  deepseek: {
    protocol: 'openai',
    address: 'https://api.deepseek.com',
    keys: ['DEEPSEEK_API_KEY'],
    answers: 'json',
  },
  qwen: {
    protocol: 'openai',
    address: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    keys: ['DASHSCOPE_API_KEY'],
    answers: 'json',
  },
  azure: { protocol: 'openai', keys: ['AZURE_OPENAI_API_KEY'], answers: 'schema' },
  /** Any server that speaks OpenAI's protocol: llama.cpp, vLLM, LM Studio, a gateway of the institute. */
  server: { protocol: 'openai', keys: ['NEUROCLAW_MODEL_KEY'], answers: 'schema' },
};

export interface ModelChoice {
  /** Name in the table. */
  readonly provider: string;
  readonly model: string;
  readonly entry: Provider;
  /** Without a slash at the end. */
  readonly address: string;
}

/**
 * Reads `provider:model`. With an address of its own (`url`), a name without a provider is a model of that server,
 * also where it holds a colon (`qwen3:8b`). Throws provider.unknown.
 */
export function chooseModel(name: string, url?: string): ModelChoice {
  const [, prefix, rest] = /^([a-z]+):(.+)$/s.exec(name) ?? [];
  const named = prefix === undefined || !Object.hasOwn(providers, prefix) ? undefined : prefix;
  const provider = named ?? (url === undefined ? undefined : 'server');
  const entry = provider === undefined ? undefined : providers[provider];
  if (provider === undefined || entry === undefined) {
    const near = prefix === undefined ? undefined : nearest(prefix, Object.keys(providers));
    throw new NeuroClawError(
      'provider.unknown',
      `the model ${name} names no known provider${near === undefined ? '' : `; did you mean ${near}:${rest}?`}`,
      { expected: `provider:model with one of ${Object.keys(providers).join(', ')}` },
    );
  }
  const address = url ?? entry.address;
  if (address === undefined)
    throw new NeuroClawError('provider.unknown', `${provider} needs the address of its server`, {
      place: { field: 'model_url' },
      expected:
        provider === 'azure'
          ? 'https://RESOURCE.openai.azure.com/openai/v1'
          : 'an address such as http://127.0.0.1:8080/v1',
    });
  return {
    provider,
    model: named === undefined ? name : (rest ?? ''),
    entry,
    address: checkAddress(address),
  };
}

/** A key in an address would be in every message that names the address. */
function checkAddress(address: string): string {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new NeuroClawError('input.invalid', `model_url is ${address}, which is no address`, {
      place: { field: 'model_url' },
      expected: 'http://host:port/path',
    });
  }
  const clean = url.username === '' && url.password === '' && url.search === '';
  if ((url.protocol === 'http:' || url.protocol === 'https:') && clean) return address.replace(/\/+$/, '');
  throw new NeuroClawError('input.invalid', 'model_url may hold nothing but protocol, host and path', {
    place: { field: 'model_url' },
    expected: 'http://host:port/path; the key goes into the environment or into model_key_file',
  });
}
