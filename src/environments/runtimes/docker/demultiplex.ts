import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

const headerBytes = 8;

/**
 * Splits the engine's framed stream (1 byte stream number, 3 zero bytes, 4 bytes big-endian length, payload; Docker
 * Engine API, "Attach to a container") into payloads. Frames may be cut anywhere between chunks.
 */
export async function* frames(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly stream: 1 | 2; readonly bytes: Uint8Array }> {
  let header = Buffer.alloc(0);
  let stream: 1 | 2 = 1;
  let left = 0;
  for await (const chunk of source) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0) {
      if (left === 0) {
        const missing = headerBytes - header.length;
        header = Buffer.concat([header, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (header.length < headerBytes) continue;
        stream = header[0] === 2 ? 2 : 1;
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const bytes = rest.subarray(0, left);
      left -= bytes.length;
      rest = rest.subarray(bytes.length);
      yield { stream, bytes };
    }
  }
}

/** Writes both streams of a container to files, as fast as the disk takes them. Resolves when all is written. */
export async function streamToFiles(
  source: AsyncIterable<Uint8Array>,
  stdout: string,
  stderr: string,
): Promise<void> {
  const files: Record<1 | 2, WriteStream> = { 1: createWriteStream(stdout), 2: createWriteStream(stderr) };
  const written = Promise.all([finished(files[1]), finished(files[2])]);
  // Reported where it is awaited; without this a full disk would end the process first.
  written.catch(() => undefined);
  try {
    for await (const { stream, bytes } of frames(source)) {
      if (!files[stream].write(bytes)) await Promise.race([once(files[stream], 'drain'), written]);
    }
  } finally {
    files[1].end();
    files[2].end();
  }
  await written;
}
