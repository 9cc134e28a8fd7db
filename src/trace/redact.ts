import type { JsonObject, JsonValue } from '../kernel/json.js';

export const redactedMark = '[redacted]';

/** Shorter secrets are left alone: replacing every "Li" would make the rest unreadable and hide nothing. */
const minimumLength = 4;

/**
 * Replaces every occurrence of the secrets (keys, licence texts, names of participants). Each line of a secret of
 * several lines is a secret by itself, since tools quote licences line by line; so is its form inside a JSON string.
 */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  const pattern = secretPattern(secrets);
  return pattern === undefined ? text : text.replace(pattern, redactedMark);
}

/** What finds any of the secrets; undefined when there is nothing to find. Global: for `replace` and `search`. */
export function secretPattern(secrets: readonly string[]): RegExp | undefined {
  const forms = new Set<string>();
  for (const secret of secrets) {
    for (const part of [secret, ...secret.split(/\r?\n/)]) {
      const plain = part.trim();
      if (plain.length < minimumLength) continue;
      forms.add(plain);
      forms.add(JSON.stringify(plain).slice(1, -1));
    }
  }
  if (forms.size === 0) return undefined;
  // The longest first: a whole licence before its lines.
  const alternatives = [...forms].sort((a, b) => b.length - a.length).map(escapeForRegExp);
  return new RegExp(alternatives.join('|'), 'gu');
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** Half surrogate pairs have no UTF-8 form and RFC 8785 refuses them: they become U+FFFD, as in any decoder. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}

/** The same JSON with every string and every member name passed through `change`. */
export function mapStrings(body: JsonObject, change: (text: string) => string): JsonObject {
  const map = (value: JsonValue): JsonValue => {
    if (typeof value === 'string') return change(value);
    if (typeof value !== 'object' || value === null) return value;
    if (isList(value)) return value.map(map);
    return mapStrings(value, change);
  };
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [change(name), map(value)]));
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
