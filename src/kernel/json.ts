import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON Canonicalization Scheme (RFC 8785). Members that are `undefined` are left out. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('a value without a JSON form cannot be canonicalised');
  return text;
}

/** Lower-case hex SHA-256 of bytes or of the UTF-8 text. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** SHA-256 over the canonical JSON of a value: what keys, environment identities and event hashes are made of. */
export function sha256OfJson(value: unknown): string {
  return sha256(canonicalJson(value));
}
