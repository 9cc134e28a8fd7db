import type { JsonObject, JsonValue } from '../../kernel/json.js';

/** A node of the `@graph` of RO-Crate metadata. */
export type Entity = { readonly '@id': string; readonly '@type': string | readonly string[] } & JsonObject;

export interface Ref extends JsonObject {
  readonly '@id': string;
}

export function ref(id: string): Ref {
  return { '@id': id };
}

/** Nothing, one reference, or a list: as JSON-LD is usually written. */
export function refs(ids: Iterable<string>): readonly Ref[] {
  return [...new Set(ids)].map(ref);
}

/** Entities by id; adding one again merges its lists of references. */
export class Graph {
  readonly #entities = new Map<string, Record<string, JsonValue>>();

  add(entity: Entity): string {
    const id = entity['@id'];
    const known = this.#entities.get(id);
    if (known === undefined) this.#entities.set(id, { ...entity });
    else
      for (const [name, value] of Object.entries(entity)) {
        const before = known[name];
        known[name] =
          Array.isArray(before) && Array.isArray(value) && name !== '@type' ? merged(before, value) : value;
      }
    return id;
  }

  has(id: string): boolean {
    return this.#entities.has(id);
  }

  /** With a list of one as that one, and none left out: the compact form that RO-Crate recommends. */
  entities(): JsonObject[] {
    return [...this.#entities.values()].map((entity) =>
      Object.fromEntries(
        Object.entries(entity).flatMap(([name, value]): [string, JsonValue][] => {
          if (!Array.isArray(value) || name === '@type') return [[name, value]];
          const list = value as readonly JsonValue[];
          return list.length === 0 ? [] : [[name, list.length === 1 ? (list[0] ?? null) : list]];
        }),
      ),
    );
  }
}

function merged(a: readonly JsonValue[], b: readonly JsonValue[]): JsonValue[] {
  const seen = new Set<string>();
  return [...a, ...b].filter((value) => {
    const text = JSON.stringify(value);
    return !seen.has(text) && seen.add(text) !== undefined;
  });
}

/** `ni:///sha-256;...` (RFC 6920): names content, wherever it is kept. */
export function contentId(sha256: string): string {
  return `ni:///sha-256;${Buffer.from(sha256, 'hex').toString('base64url')}`;
}

/** An id inside the crate, from words that may hold anything. */
export function localId(...parts: readonly string[]): string {
  return `#${parts.map((part) => part.split('/').map(encodeURIComponent).join('/')).join('/')}`;
}

/** Path of a file in the crate as an id. */
export function fileId(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** ISO 8601 with an offset, as the profile writes it: `2026-01-31T08:30:00.000+00:00`. */
export function dateTime(ts: string): string {
  return ts.replace(/Z$/, '+00:00');
}
