import { ChatOllama } from '@langchain/ollama';
import type { Client, ClientOptions } from '../client.js';
import type { ModelRequest } from '../../model.js';

/** What a token is taken to be, in characters of a prompt: rather too many tokens than too few. */
const CHARACTERS_PER_TOKEN = 3;
const ANSWER_TOKENS = 4096;
const SMALLEST_CONTEXT = 8192;

/**
 * Ollama's own protocol. Its server cuts a prompt to `num_ctx` tokens without a word (4096 where nothing is said), so
 * the context that the prompt needs is always named.
 */
export function ollamaClient({ choice, exchange }: ClientOptions): Client {
  return (request, messages) => {
    const chat = new ChatOllama({
      model: choice.model,
      baseUrl: choice.address,
      maxRetries: 0,
      fetch: exchange.fetch,
      numCtx: contextFor(request),
      ...(request.maxOutputTokens === undefined ? {} : { numPredict: request.maxOutputTokens }),
      ...(request.answer === undefined ? {} : { format: request.answer.schema }),
    });
    return chat.stream(messages, {
      ...(request.tools === undefined || request.tools.length === 0
        ? {}
        : {
            tools: request.tools.map(({ name, description, parameters }) => ({
              type: 'function' as const,
              function: { name, description, parameters },
            })),
          }),
    });
  };
}

/** A power of two, so that the server does not load the model anew for every question. */
function contextFor({ messages, tools = [], maxOutputTokens = ANSWER_TOKENS }: ModelRequest): number {
  const characters = JSON.stringify([messages, tools]).length;
  const needed = characters / CHARACTERS_PER_TOKEN + maxOutputTokens;
  return Math.max(SMALLEST_CONTEXT, 2 ** Math.ceil(Math.log2(needed)));
}
