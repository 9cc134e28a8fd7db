import { readFile } from 'node:fs/promises';

/** Files open at once: datasets have tens of thousands of sidecars and a process a thousand descriptors. */
const READERS = 32;
let reading = 0;
const waiting: (() => void)[] = [];

/**
 * The text of a small file of a dataset, without a byte order mark. Throws what the file system throws, and a
 * TypeError (`ERR_ENCODING_INVALID_ENCODED_DATA`) where the bytes are not UTF-8.
 */
export async function readText(path: string): Promise<string> {
  if (reading >= READERS) await new Promise<void>((resolve) => waiting.push(resolve));
  else reading++;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } finally {
    const next = waiting.shift();
    if (next === undefined) reading--;
    else next();
  }
}
