import { canonicalJson, type JsonObject } from '../kernel/json.js';
import { mapStrings, redactedMark, secretPattern, wellFormed } from './redact.js';

export interface CleanBody {
  readonly body: JsonObject;
  /** Canonical JSON of `body`. */
  readonly canonical: string;
}

/**
 * Makes bodies fit to be kept: no secret in any string, no half surrogate pair. Nearly every body is clean already,
 * and one search of its canonical JSON shows that: the strings are walked one by one only where something was found.
 */
export function bodyCleaner(secrets: readonly string[]): (body: JsonObject) => CleanBody {
  const pattern = secretPattern(secrets);
  const clean = (text: string): string => {
    const whole = wellFormed(text);
    return pattern === undefined ? whole : whole.replace(pattern, redactedMark);
  };
  return (body) => {
    const canonical = canonicalOrUndefined(body);
    // Strings stand in canonical JSON in their quoted form, which the pattern knows too.
    if (canonical !== undefined && (pattern === undefined || canonical.search(pattern) < 0)) {
      return { body, canonical };
    }
    const cleaned = mapStrings(body, clean);
    return { body: cleaned, canonical: canonicalJson(cleaned) };
  };
}

/** Undefined where the body has no canonical form as it is, as with half surrogate pairs. */
function canonicalOrUndefined(body: JsonObject): string | undefined {
  try {
    return canonicalJson(body);
  } catch {
    return undefined;
  }
}
