import type { ProviderFailure } from './failure.js';

export interface RetryRules {
  /** Attempts in all. */
  readonly attempts: number;
  /** Seconds before the second attempt; doubled each time. */
  readonly firstS: number;
  readonly longestS: number;
  /** A provider that asks for a longer wait than this is not waited for. */
  readonly patienceS: number;
}

export const retryRules: RetryRules = { attempts: 5, firstS: 1, longestS: 30, patienceS: 120 };

/**
 * Seconds to wait before the next attempt, or undefined: give up. What the provider said counts; otherwise the wait
 * doubles, with jitter, so that many jobs do not come back at once.
 */
export function waitBefore(failure: ProviderFailure, attempt: number, rules: RetryRules): number | undefined {
  if (!failure.again || attempt >= rules.attempts) return undefined;
  const { retryAfterS } = failure;
  if (retryAfterS !== undefined) return retryAfterS <= rules.patienceS ? retryAfterS : undefined;
  const doubled = Math.min(rules.longestS, rules.firstS * 2 ** (attempt - 1));
  return doubled * (0.5 + Math.random() / 2);
}

/** Waits, and ends at once when the signal aborts. */
export function sleep(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    if (signal?.aborted === true) return done();
    signal?.addEventListener('abort', done, { once: true });
  });
}
