import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { NeuroClawError, fromFileSystem, nodeErrorCode } from '../kernel/errors.js';

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
 * The decompressed bytes of a file, in chunks of bounded size. gzip is checked to its end (RFC 1952): a wrong CRC, a
 * wrong length, a cut stream or bytes behind the end throw input.malformed. Several members in a row, as bgzip and
 * pigz write them, are one stream.
 */
export async function* byteChunks(
  path: string,
  options: { readonly signal?: AbortSignal; readonly highWaterMark?: number } = {},
): AsyncGenerator<Buffer> {
  const highWaterMark = options.highWaterMark ?? CHUNK;
  let opened: { size: number; gzip: boolean };
  try {
    opened = await openedAs(path);
  } catch (error) {
    throw fromFileSystem(error, path);
  }
  const { size, gzip } = opened;
  const raw = createReadStream(path, { highWaterMark });
  let stream: Readable = raw;
  try {
    const gunzip = gzip ? createGunzip({ chunkSize: highWaterMark }) : undefined;
    if (gunzip !== undefined) {
      raw.on('error', (error) => gunzip.destroy(error));
      stream = raw.pipe(gunzip);
    }
    for await (const chunk of stream) {
      options.signal?.throwIfAborted();
      yield chunk as Buffer;
    }
    // zlib stops at the last member and says nothing of zero bytes, or of anything after one, that follow it.
    const behind = gunzip === undefined ? 0 : size - gunzip.bytesWritten;
    if (behind !== 0)
      throw malformed(path, `${behind} bytes stand behind the end of the gzip stream`, undefined);
  } catch (error) {
    throw asMalformed(error, path);
  } finally {
    stream.destroy();
    raw.destroy();
  }
}

/** True if the content of a file is gzip. */
export async function isGzip(path: string): Promise<boolean> {
  try {
    return (await openedAs(path)).gzip;
  } catch (error) {
    throw fromFileSystem(error, path);
  }
}

async function openedAs(path: string): Promise<{ size: number; gzip: boolean }> {
  const handle = await open(path, 'r');
  try {
    const magic = Buffer.alloc(2);
    const { bytesRead } = await handle.read(magic, 0, 2, 0);
    const { size } = await handle.stat();
    return { size, gzip: bytesRead === 2 && magic[0] === 0x1f && magic[1] === 0x8b };
  } finally {
    await handle.close();
  }
}

const gzipErrors: Readonly<Record<string, string>> = {
  Z_BUF_ERROR: 'the gzip stream is cut',
  Z_DATA_ERROR: 'the gzip stream is damaged (checksum, length or data)',
};

function asMalformed(error: unknown, path: string): unknown {
  const code = nodeErrorCode(error) ?? '';
  if (!code.startsWith('Z_')) return fromFileSystem(error, path);
  return malformed(path, gzipErrors[code] ?? code, error);
}

function malformed(path: string, what: string, cause: unknown): NeuroClawError {
  return new NeuroClawError('input.malformed', `${path}: ${what}`, {
    place: { file: path },
    expected: 'a complete gzip file',
    hint: 'write or copy the file again: it is not what its writer meant',
    cause,
  });
}
