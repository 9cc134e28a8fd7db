import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

const KEPT = 1000;

/** Lines typed before, newest first; none where they cannot be read. */
export function readHistory(file: string): string[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines
      .filter((line) => line !== '')
      .slice(-KEPT)
      .reverse();
  } catch {
    return [];
  }
}

/** Keeps what was typed, for the owner alone. A disk that is full or read-only is no reason to end a conversation. */
export function keepHistory(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, `${text.split('\n').join(' ')}\n`, { mode: 0o600 });
  } catch {
    return;
  }
}
