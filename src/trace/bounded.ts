import { sha256, sha256OfJson, type JsonObject, type JsonValue } from '../kernel/json.js';

/** The text, or its beginning with the length and SHA-256 of the whole: for bodies of events. Lengths in characters. */
export function boundedText(text: string, limit = 4096): string {
  if (text.length <= limit) return text;
  // Never half of a surrogate pair: it has no UTF-8 form.
  const kept = text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}… (${text.length} characters, sha256 ${sha256(text)})`;
}

/** The list, or its first entries with the number and SHA-256 (of the canonical JSON) of all. */
export function boundedList(list: readonly JsonValue[], limit = 1000): readonly JsonValue[] | JsonObject {
  if (list.length <= limit) return list;
  return { first: list.slice(0, limit), count: list.length, sha256: sha256OfJson(list) };
}
