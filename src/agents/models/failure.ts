import type { ErrorCode } from '../../kernel/error-codes.js';
import { NeuroClawError, nodeErrorCode } from '../../kernel/errors.js';
import { isJsonObject } from '../../kernel/json.js';

/** How an exchange with a provider failed, and whether asking again can help. */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  readonly error: NeuroClawError;
  readonly again: boolean;
  /** What the provider said to wait. */
  readonly retryAfterS: number | undefined;

  constructor(error: NeuroClawError, again: boolean, retryAfterS?: number) {
    super(error.message);
    this.error = error;
    this.again = again;
    this.retryAfterS = retryAfterS;
  }
}

/** What hides keys in texts of providers. */
export type Hide = (text: string) => string;

const REQUEST_TIMEOUT = 408;
const CONFLICT = 409;
const TOO_LARGE = 413;
const TOO_MANY = 429;

/** The failure that a status of HTTP stands for. `body` is what came with it. */
export function failureOfStatus(
  where: string,
  status: number,
  headers: Headers,
  body: string,
  hide: Hide,
): ProviderFailure {
  const said = hide(excerpt(errorText(body)));
  const message = (what: string): string => `${what} (${where}, status ${status})${said && `: ${said}`}`;
  const fail = (code: ErrorCode, what: string, again: boolean): ProviderFailure =>
    new ProviderFailure(new NeuroClawError(code, message(what)), again, retryAfter(headers));
  if (status >= 300 && status < 400)
    return fail('provider.answer', 'the address of the model points elsewhere', false);
  if (overflows(status, body))
    return fail('provider.context', 'the conversation is too long for the model', false);
  if (status === 401 || status === 403) return fail('provider.key', 'the provider refused the key', false);
  if (status === TOO_MANY) {
    const spent = /insufficient_quota|billing/i.test(body);
    return fail(
      'provider.rate-limit',
      spent ? 'the account of the key has no credit left' : 'the provider allows no more requests now',
      !spent,
    );
  }
  if (status >= 500 || status === REQUEST_TIMEOUT || status === CONFLICT)
    return fail('provider.server', 'the provider failed', true);
  if (status === 404)
    return fail('provider.request', 'the provider does not know the model or the path', false);
  return fail('provider.request', 'the provider refused the request', false);
}

/** The words with which providers say that a prompt is too long: OpenAI, Anthropic, Gemini, vLLM, llama.cpp. */
const OVERFLOW =
  /context_length_exceeded|maximum context length|context window|prompt is too long|exceed_context_size|available context size|input token count.{0,40}exceed|too many tokens/i;

function overflows(status: number, body: string): boolean {
  return status === TOO_LARGE || ((status === 400 || status === 422) && OVERFLOW.test(body));
}

/** An error that arrives in the middle of a stream, in the words of the provider. */
export function failureInStream(where: string, text: string, hide: Hide): ProviderFailure {
  if (OVERFLOW.test(text))
    return new ProviderFailure(
      new NeuroClawError('provider.context', `the conversation is too long for the model (${where})`),
      false,
    );
  // Ollama's client says so where the last line did not come.
  if (/did not receive done/i.test(text))
    return new ProviderFailure(new NeuroClawError('provider.cut', `the answer of ${where} broke off`), false);
  return new ProviderFailure(
    new NeuroClawError('provider.server', `the provider failed (${where}): ${hide(excerpt(text))}`),
    /overloaded|rate.?limit|server_error|internal/i.test(text),
  );
}

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/**
 * The failure that the network stands for. Names that do not resolve and bad certificates do not mend by waiting.
 * `begun`: a part of the answer had come.
 */
export function failureOfNetwork(where: string, thrown: unknown, begun = false): ProviderFailure {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  const code = nodeErrorCode(cause) ?? nodeErrorCode(thrown);
  const why = code ?? (cause instanceof Error ? cause.message : String(cause));
  return new ProviderFailure(
    new NeuroClawError(
      'provider.unreachable',
      begun
        ? `the connection to ${where} broke in the middle of the answer (${excerpt(why)})`
        : `no answer from ${where}: ${excerpt(why)}`,
      { cause: thrown },
    ),
    code !== undefined && NETWORK.has(code) && code !== 'ENOTFOUND',
  );
}

/** `Retry-After` in seconds or as a date, and its form in milliseconds. */
function retryAfter(headers: Headers): number | undefined {
  const ms = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms / 1000;
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

/** The message inside the usual JSON shapes of errors, or the text itself. */
export function errorText(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (!isJsonObject(parsed)) return body;
    const { error, message } = parsed;
    if (typeof error === 'string') return error;
    if (isJsonObject(error) && typeof error['message'] === 'string') return error['message'];
    if (typeof message === 'string') return message;
  } catch {
    // Not JSON: the text itself.
  }
  return body;
}

const EXCERPT = 300;

/** One line that fits a message. */
export function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= EXCERPT ? line : `${line.slice(0, EXCERPT)} …`;
}
