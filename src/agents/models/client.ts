import type { BaseMessage } from '@langchain/core/messages';
import type { ModelRequest } from '../model.js';
import type { Exchange } from './exchange.js';
import type { ModelChoice } from './providers.js';

export interface ClientOptions {
  readonly choice: ModelChoice;
  /** Absent: the provider wants none. Never undefined towards a library, which would look into the environment. */
  readonly key?: string;
  readonly exchange: Exchange;
}

/** A chat model of LangChain, opened for one request. */
export type Client = (request: ModelRequest, messages: BaseMessage[]) => Promise<AsyncIterable<BaseMessage>>;

/** What goes into a header where a provider wants no key: libraries refuse an empty one. */
export const NO_KEY = 'none';
