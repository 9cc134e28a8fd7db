import { NeuroClawError } from '../../kernel/errors.js';
import { excerpt, failureOfNetwork, failureOfStatus, ProviderFailure, type Hide } from './failure.js';
import type { Tape } from './tape.js';

export interface ExchangeOptions {
  /** Nothing is sent to another origin, whatever the client library takes from the environment. */
  readonly address: string;
  /** Seconds for the whole answer. */
  readonly totalS: number;
  /** Seconds without anything coming. */
  readonly idleS: number;
  readonly hide: Hide;
  readonly tape?: Tape;
  readonly signal?: AbortSignal;
}

/** One request over HTTP as the client libraries make it, and how it failed. */
export interface Exchange {
  readonly fetch: typeof globalThis.fetch;
  /** Libraries wrap or swallow what goes wrong below them: the first failure is kept here. */
  failure(): ProviderFailure | undefined;
  /** Ends timers and the connection, also when nobody reads the rest. */
  close(): void;
}

/** Refuses what is no answer of a model, and watches the clock until the last byte. */
export function openExchange(options: ExchangeOptions): Exchange {
  const { address, totalS, idleS, hide, tape, signal } = options;
  const stop = new AbortController();
  let failed: ProviderFailure | undefined;
  const fail = (failure: ProviderFailure): ProviderFailure => {
    failed ??= failure;
    stop.abort(failed);
    return failed;
  };
  const late = (seconds: number, what: string): void => {
    const error = new NeuroClawError('provider.timeout', `${address} ${what} ${seconds} s`);
    fail(new ProviderFailure(error, true));
  };
  const total = setTimeout(() => late(totalS, 'did not finish its answer within'), totalS * 1000);
  let idle: NodeJS.Timeout | undefined;
  const beat = (): void => {
    clearTimeout(idle);
    if (!stop.signal.aborted) idle = setTimeout(() => late(idleS, 'sent nothing for'), idleS * 1000);
  };
  const close = (): void => {
    clearTimeout(total);
    clearTimeout(idle);
    signal?.removeEventListener('abort', close);
    stop.abort();
  };
  signal?.addEventListener('abort', close, { once: true });

  const send = async (url: string, init: RequestInit): Promise<Response> => {
    beat();
    let response: Response;
    try {
      response = await globalThis.fetch(url, { ...init, redirect: 'manual', signal: stop.signal });
    } catch (error) {
      throw failed ?? (stop.signal.aborted ? error : fail(failureOfNetwork(address, error)));
    }
    beat();
    if (!response.ok) {
      const body = await response.text().catch(() => '');
      throw fail(failureOfStatus(address, response.status, response.headers, body, hide));
    }
    await refuseStrangers(response, address, fail, hide);
    return new Response(
      watched(response, beat, fail, address, () => failed),
      {
        status: response.status,
        headers: response.headers,
      },
    );
  };

  return {
    fetch: async (input, init = {}) => {
      const url = input instanceof Request ? input.url : String(input);
      if (new URL(url).origin !== new URL(address).origin)
        throw fail(
          new ProviderFailure(
            new NeuroClawError('provider.answer', `a request went to ${new URL(url).origin}, not ${address}`),
            false,
          ),
        );
      try {
        return tape === undefined ? await send(url, init) : await tape.play(url, init, send);
      } catch (error) {
        if (error instanceof NeuroClawError) throw fail(new ProviderFailure(error, false));
        throw error;
      }
    },
    failure: () => failed,
    close,
  };
}

/** A page for people or a whole JSON document where a stream was asked for: a proxy, a login page, a wrong path. */
async function refuseStrangers(
  response: Response,
  address: string,
  fail: (failure: ProviderFailure) => ProviderFailure,
  hide: Hide,
): Promise<void> {
  const type = response.headers.get('content-type') ?? '';
  if (!/text\/html|application\/json/i.test(type)) return;
  const body = hide(excerpt(await response.text().catch(() => '')));
  throw fail(
    new ProviderFailure(
      new NeuroClawError(
        'provider.answer',
        `${address} answered with ${/html/i.test(type) ? 'a page for browsers' : 'a document'}, not with the stream of a model: ${body}`,
      ),
      false,
    ),
  );
}

/** The bytes of the body, with the idle clock reset by each piece, and a broken connection as a failure. */
function watched(
  response: Response,
  beat: () => void,
  fail: (failure: ProviderFailure) => ProviderFailure,
  address: string,
  failed: () => ProviderFailure | undefined,
): ReadableStream<Uint8Array> {
  const reader = response.body?.getReader();
  let left = false;
  let begun = false;
  return new ReadableStream({
    async pull(controller) {
      try {
        const next = await reader?.read();
        if (left) return;
        if (next === undefined || next.done) return controller.close();
        beat();
        begun = true;
        controller.enqueue(next.value);
      } catch (error) {
        if (!left) controller.error(failed() ?? fail(failureOfNetwork(address, error, begun)));
      }
    },
    async cancel() {
      left = true;
      await reader?.cancel().catch(() => undefined);
    },
  });
}
