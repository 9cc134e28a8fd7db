import type { TraceEvent } from '../kernel/events.js';
import { canonicalJson, sha256 } from '../kernel/json.js';

/** The end of a chain: number and hash of its last event. */
export interface ChainHead {
  readonly seq: number;
  /** Lower-case hex SHA-256. */
  readonly hash: string;
}

/** What the first event continues from. */
export const emptyChain: ChainHead = { seq: 0, hash: '0'.repeat(64) };

/** A longer line is refused by the writer, so that a reader knows how far back a line can begin. */
export const maxLineBytes = 1 << 20;

/**
 * Hash and line (without line end) of an event: `hash` is the SHA-256 of the canonical JSON (RFC 8785) of all other
 * members, and the line is the canonical JSON of all members. Put together from its parts, so that the body, which
 * can be large, is canonicalised once and not twice.
 */
export function sealEvent(
  event: Omit<TraceEvent, 'hash'>,
  canonicalBody = canonicalJson(event.body),
): { readonly hash: string; readonly line: string } {
  const text = (value: string): string => JSON.stringify(value);
  const before = `{"actor":${canonicalJson(event.actor)},"body":${canonicalBody},`;
  const after =
    `"parent":${text(event.parent)},"prev":${text(event.prev)},"run":${text(event.run)},` +
    `"seq":${event.seq},"span":${text(event.span)},"ts":${text(event.ts)},` +
    `"type":${text(event.type)},"v":${event.v}}`;
  const hash = sha256(before + after);
  return { hash, line: `${before}"hash":"${hash}",${after}` };
}
