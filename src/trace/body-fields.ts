import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.js';

/**
 * Reading bodies of events for people. A trace may be of another version, or edited: a field that is absent or of
 * another type reads as nothing, and never stops the story.
 */
export function textOf(body: JsonObject, field: string): string {
  const value = body[field];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

export function numberOf(body: JsonObject, field: string): number | undefined {
  const value = body[field];
  return typeof value === 'number' ? value : undefined;
}

export function objectOf(body: JsonObject, field: string): JsonObject {
  const value = body[field];
  return isJsonObject(value) ? value : {};
}

export function listOf(body: JsonObject, field: string): readonly JsonValue[] {
  const value = body[field];
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

export function objectsOf(body: JsonObject, field: string): JsonObject[] {
  return listOf(body, field).filter(isJsonObject);
}

export function textsOf(body: JsonObject, field: string): string[] {
  return listOf(body, field).filter((value) => typeof value === 'string');
}

/** The first characters of a digest or key, enough for a person to tell two apart. */
export function short(digest: string): string {
  return /^[0-9a-f]{64}$/.test(digest) ? digest.slice(0, 12) : digest;
}

/** `0.42 s`, `93 s`, `2 h 05 min`. */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined) return 'an unknown time';
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 600) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60
    ? `${minutes} min`
    : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** The argv as a person would type it into a POSIX shell: arguments with anything but harmless characters are quoted. */
export function commandLine(argv: readonly string[]): string {
  return argv
    .map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

/** Line ends and control characters as escapes, so that no file name can draw on the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (character) => {
    return character === '\n' ? '\\n' : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}
