import { lstat } from 'node:fs/promises';
import { nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { isJsonObject, type JsonObject } from '../kernel/json.js';
import { readText } from './read-text.js';

export interface JsonFile {
  /** Empty where the file cannot be used. */
  readonly value: JsonObject;
  readonly findings: readonly Finding[];
}

/** Reads a JSON object. Whatever is wrong with the file is a finding at `name`, its path as the person knows it. */
export async function readJsonFile(absolute: string, name: string): Promise<JsonFile> {
  let text: string;
  try {
    text = await readText(absolute);
  } catch (error) {
    return { value: {}, findings: [await unreadable(error, absolute, name)] };
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return { value, findings: [] };
  } catch (error) {
    return { value: {}, findings: [malformed(error as SyntaxError, text, name)] };
  }
  return {
    value: {},
    findings: [
      errorFinding(
        'input.malformed',
        `${name} holds no JSON object`,
        { file: name },
        'key-value pairs in { }',
      ),
    ],
  };
}

/** Why a file of a dataset could not be read, in words that say what to do. */
export async function unreadable(error: unknown, absolute: string, name: string): Promise<Finding> {
  const place = { file: name };
  const code = nodeErrorCode(error);
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return errorFinding('input.malformed', `${name} is not UTF-8 text`, place, 'text in UTF-8');
  }
  if (code === 'ENOENT') {
    const link = await lstat(absolute).catch(() => undefined);
    if (link !== undefined) {
      const message = `${name} is a link to content that is not here`;
      return {
        ...errorFinding('input.not-found', message, place),
        suggestion: 'fetch it, for example with `datalad get`',
      };
    }
    return errorFinding('input.not-found', `${name} is missing`, place);
  }
  const why = code === 'EACCES' || code === 'EPERM' ? 'may not be read' : `cannot be read (${String(code)})`;
  return errorFinding('input.unreadable', `${name} ${why}`, place);
}

function malformed(error: SyntaxError, text: string, name: string): Finding {
  const why = text.trim() === '' ? 'the file is empty' : error.message;
  const line = lineOfSyntaxError(text);
  const outsideOfTexts = text.split('\n')[line - 1]?.replace(/"(?:[^"\\]|\\.)*"/g, '""') ?? '';
  // Python writes NaN and Infinity, which JSON does not have.
  const notANumber = /\b(NaN|Infinity)\b/.exec(outsideOfTexts)?.[1];
  return {
    ...errorFinding('input.malformed', `${name} is not JSON: ${why}`, {
      file: name,
      line,
    }),
    ...(notANumber === undefined ? {} : { suggestion: `replace ${notANumber}, which JSON does not have` }),
  };
}

/**
 * 1-based line of the first syntax error. The engine's message does not always tell: it is the first line with which
 * the text, cut off after it, is wrong already and not merely unfinished.
 */
function lineOfSyntaxError(text: string): number {
  const lines = text.split('\n');
  let sound = 0;
  let broken = lines.length;
  while (broken - sound > 1) {
    const middle = Math.floor((sound + broken) / 2);
    if (isUnfinished(`${lines.slice(0, middle).join('\n')}\n`)) sound = middle;
    else broken = middle;
  }
  return broken;
}

/** True where a text that goes on could still be JSON. */
function isUnfinished(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as SyntaxError;
    const position = /at position (\d+)/.exec(message)?.[1];
    return position === undefined ? /end of JSON input/.test(message) : Number(position) >= text.length;
  }
}
