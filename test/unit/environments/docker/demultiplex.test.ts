import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frames, streamToFiles } from '../../../../src/environments/runtimes/docker/demultiplex.js';
import { jsonLines } from '../../../../src/environments/runtimes/docker/json-lines.js';

function frame(stream: number, bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

/** Cuts bytes at arbitrary places, as a connection does. */
async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let index = 0; at < bytes.length; index++) {
    const size = sizes.length === 0 ? bytes.length : (sizes[index % sizes.length] ?? 1);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe('the framed streams of a container', () => {
  it('come apart as they were put together, wherever the connection cuts them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 40 }))),
        fc.array(fc.integer({ min: 1, max: 30 })),
        async (parts, sizes) => {
          const sent = Buffer.concat(parts.map(([stream, bytes]) => frame(stream, bytes)));
          const got: Record<number, Buffer[]> = { 1: [], 2: [] };
          for await (const { stream, bytes } of frames(cut(sent, sizes)))
            got[stream]?.push(Buffer.from(bytes));
          for (const wanted of [1, 2]) {
            const expected = parts.filter(([stream]) => stream === wanted).map(([, bytes]) => bytes);
            expect(Buffer.concat(got[wanted] ?? [])).toEqual(Buffer.concat(expected));
          }
        },
      ),
    );
  });

  it('become two files, also when nothing was printed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'neuroclaw-streams-'));
    try {
      const [out, err] = [join(folder, 'out'), join(folder, 'err')];
      await streamToFiles(Readable.from([frame(2, Buffer.from('é'))]), out, err);
      expect(await readFile(out, 'utf8')).toBe('');
      expect(await readFile(err, 'utf8')).toBe('é');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('report a file that cannot be written', async () => {
    const nowhere = join(tmpdir(), 'neuroclaw-no-such-folder', 'out');
    await expect(
      streamToFiles(Readable.from([frame(1, Buffer.from('x'))]), nowhere, nowhere),
    ).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});

describe('lines of JSON', () => {
  it('are read wherever the connection cuts them, also inside a character', async () => {
    const sent = Buffer.from('{"a":"é"}\n\n{"b":2}');
    for (let size = 1; size <= sent.length; size++) {
      const values: unknown[] = [];
      for await (const value of jsonLines(cut(sent, [size]))) values.push(value);
      expect(values).toEqual([{ a: 'é' }, { b: 2 }]);
    }
  });
});
