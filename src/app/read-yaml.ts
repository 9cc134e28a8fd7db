import { readFile } from 'node:fs/promises';
import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';

/** Parses a YAML file. Throws input.not-found or input.unreadable for the file, input.malformed for what it holds. */
export async function readYaml(file: string): Promise<unknown> {
  const { parse } = await import('yaml');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fromFileSystem(error, file);
  }
  try {
    return parse(text) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new NeuroClawError('input.malformed', `${file} is not YAML: ${reason}`, {
      place: { file },
      cause: error,
    });
  }
}
