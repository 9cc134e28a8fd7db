import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';

const CHUNK = 1_048_576;

/** The first bytes of a file, decompressed where it is gzip (by its content, whatever its name says). */
export async function readStart(path: string, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let have = 0;
  for await (const part of byteChunks(path, { highWaterMark: 16_384 })) {
    parts.push(part);
    have += part.length;
    if (have >= length) break;
  }
  return Buffer.concat(parts).subarray(0, length);
}

/**
 * The decompressed bytes of a file, in chunks of bounded size. gzip is checked to its end: a wrong CRC, a wrong
 * length, a cut stream or bytes behind the end throw input.malformed.
 */
export async function* byteChunks(
  path: string,
  options: { readonly signal?: AbortSignal; readonly highWaterMark?: number } = {},
): AsyncGenerator<Buffer> {
  const highWaterMark = options.highWaterMark ?? CHUNK;
  const raw = createReadStream(path, { highWaterMark });
  let stream: Readable = raw;
  try {
    if (await isGzip(path)) {
      const gunzip = createGunzip({ chunkSize: highWaterMark });
      raw.on('error', (error) => gunzip.destroy(error));
      stream = raw.pipe(gunzip);
    }
    for await (const chunk of stream) {
      options.signal?.throwIfAborted();
      yield chunk as Buffer;
    }
  } catch (error) {
    throw asMalformed(error, path);
  } finally {
    stream.destroy();
    raw.destroy();
  }
}

async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const magic = Buffer.alloc(2);
    const { bytesRead } = await handle.read(magic, 0, 2, 0);
    return bytesRead === 2 && magic[0] === 0x1f && magic[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

function asMalformed(error: unknown, path: string): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('Z_')) return fromFileSystem(error, path);
  const what: Record<string, string> = {
    Z_BUF_ERROR: 'the gzip stream is cut',
    Z_DATA_ERROR: 'the gzip stream is damaged (checksum, length or data)',
  };
  return new NeuroClawError('input.malformed', `${path}: ${what[code] ?? code}`, {
    place: { file: path },
    cause: error,
  });
}
