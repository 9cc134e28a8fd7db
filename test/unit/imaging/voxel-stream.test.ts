import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityAffine, type Affine } from '../../../src/imaging/affine.js';
import { readNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { niftiBytes, writeNifti } from '../../../src/imaging/nifti-write.js';
import type { NiftiTypeName } from '../../../src/imaging/nifti-types.js';
import { scanVoxels } from '../../../src/imaging/scan-voxels.js';
import { readVoxels, streamVoxels } from '../../../src/imaging/voxel-stream.js';
import { NeuroClawError } from '../../../src/kernel/errors.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { nifti2Bytes, swapped } from './nifti-variants.js';

const types: readonly [NiftiTypeName, number, readonly number[]][] = [
  ['uint8', 1, [0, 1, 127, 128, 255, 7]],
  ['int8', 1, [-128, -1, 0, 1, 127, 7]],
  ['int16', 2, [-32768, -1, 0, 1, 32767, 7]],
  ['uint16', 2, [0, 1, 32768, 65535, 2, 7]],
  ['int32', 4, [-2147483648, -1, 0, 1, 2147483647, 7]],
  ['uint32', 4, [0, 1, 2147483648, 4294967295, 2, 7]],
  ['float32', 4, [0.5, -0.25, 2 ** 100, NaN, Infinity, 7]],
  ['float64', 8, [0.1, -0.2, 1e300, NaN, -Infinity, 7]],
];

const write = (path: string, bytes: Buffer): string => {
  writeFileSync(path, path.endsWith('.gz') ? gzipSync(bytes) : bytes);
  return path;
};

async function voxels(path: string): Promise<number[]> {
  return [...(await readVoxels(await readNiftiHeader(path)))];
}

describe('voxels', () => {
  it.each(types)(
    'of %s come back as written, in both byte orders, both versions, plain and gz',
    async (type, width, data) => {
      const folder = temporaryFolder();
      const bytes = niftiBytes({ dims: [3, 2, 1], affine: identityAffine, datatype: type, data });
      expect(await voxels(write(join(folder, 'a.nii'), bytes))).toEqual(data);
      expect(await voxels(write(join(folder, 'a.nii.gz'), bytes))).toEqual(data);
      expect(await voxels(write(join(folder, 'b.nii'), swapped(bytes, width)))).toEqual(data);
      expect(await voxels(write(join(folder, 'b.nii.gz'), swapped(bytes, width)))).toEqual(data);
      expect(await voxels(write(join(folder, 'c.nii'), nifti2Bytes(bytes)))).toEqual(data);
    },
  );

  it('of 64-bit integers are read, in both byte orders', async () => {
    const folder = temporaryFolder();
    for (const [code, signed] of [
      [1024, true],
      [1280, false],
    ] as const) {
      const bytes = niftiBytes({
        dims: [2, 1, 1],
        affine: identityAffine,
        datatype: 'float64',
        data: [0, 0],
      });
      bytes.writeInt16LE(code, 70);
      if (signed) bytes.writeBigInt64LE(-5n, 352);
      else bytes.writeBigUInt64LE(2n ** 53n, 352);
      bytes.writeBigInt64LE(9n, 360);
      const expected = [signed ? -5 : 2 ** 53, 9];
      expect(await voxels(write(join(folder, 'a.nii'), bytes))).toEqual(expected);
      expect(await voxels(write(join(folder, 'b.nii'), swapped(bytes, 8)))).toEqual(expected);
    }
  });

  it('are scaled by slope and intercept, or given as stored', async () => {
    const path = join(temporaryFolder(), 'a.nii.gz');
    const image = {
      dims: [3, 1, 1],
      affine: identityAffine,
      datatype: 'int16',
      data: [1, 2, 3],
      sclSlope: 0.5,
      sclInter: -1,
    } as const;
    await writeNifti(path, image);
    expect(await voxels(path)).toEqual([-0.5, 0, 0.5]);
    const stored: number[] = [];
    await streamVoxels(await readNiftiHeader(path), (values) => void stored.push(...values), {
      scaled: false,
    });
    expect(stored).toEqual([1, 2, 3]);
  });

  it('of one volume are those of the whole image at its place', async () => {
    const path = join(temporaryFolder(), 'a.nii.gz');
    const data = Float64Array.from({ length: 2 * 3 * 4 * 5 }, (_, i) => i);
    await writeNifti(path, { dims: [2, 3, 4, 5], affine: identityAffine, datatype: 'float32', data });
    const header = await readNiftiHeader(path);
    expect([...(await readVoxels(header, 3))]).toEqual([...data.subarray(72, 96)]);
    await expect(readVoxels(header, 5)).rejects.toThrow(RangeError);
  });

  it('come in chunks of bounded size, each at its place, with time for other work between', async () => {
    const path = join(temporaryFolder(), 'a.nii.gz');
    const count = 1_500_000;
    const data = Int16Array.from({ length: count }, (_, i) => i % 30_000);
    await writeNifti(path, { dims: [1000, 1500, 1], affine: identityAffine, datatype: 'int16', data });
    let [next, wrong, largest, turns] = [0, 0, 0, 0];
    const timer = setInterval(() => (turns += 1), 0);
    await streamVoxels(await readNiftiHeader(path), (values, first) => {
      if (first !== next) wrong += 1;
      values.forEach((value, i) => (wrong += value === (first + i) % 30_000 ? 0 : 1));
      next = first + values.length;
      largest = Math.max(largest, values.length);
    });
    clearInterval(timer);
    expect([next, wrong]).toEqual([count, 0]);
    expect(largest).toBeLessThanOrEqual(262_144);
    expect(turns).toBeGreaterThan(0);
  });

  it('stop at once when aborted', async () => {
    const path = join(temporaryFolder(), 'a.nii');
    await writeNifti(path, {
      dims: [100, 100, 100],
      affine: identityAffine,
      datatype: 'uint8',
      data: new Uint8Array(1e6),
    });
    const header = await readNiftiHeader(path);
    await expect(streamVoxels(header, () => undefined, { signal: AbortSignal.abort() })).rejects.toThrow(
      /abort/i,
    );
  });
});

describe('a damaged image', () => {
  /** Noise: where each byte counts, as in a real scan. */
  const noise = Uint8Array.from(
    { length: 60 * 60 * 60 },
    (_, i) => (Math.imul(i + 1, 2654435761) >>> 24) & 255,
  );
  const plain = niftiBytes({ dims: [60, 60, 60], affine: identityAffine, datatype: 'uint8', data: noise });
  const gz = gzipSync(plain);
  const flip = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };

  it.each<[string, string, Buffer]>([
    ['cut in the data', 'a.nii.gz', gz.subarray(0, gz.length >> 1)],
    ['cut in the last byte', 'a.nii.gz', gz.subarray(0, -1)],
    ['cut before the checksum', 'a.nii.gz', gz.subarray(0, -8)],
    ['a wrong checksum', 'a.nii.gz', flip(gz, gz.length - 7)],
    ['a wrong length', 'a.nii.gz', flip(gz, gz.length - 2)],
    ['a flipped bit in the data', 'a.nii.gz', flip(gz, gz.length >> 1)],
    ['text behind its end', 'a.nii.gz', Buffer.concat([gz, Buffer.from('trailing')])],
    ['zeros behind its end', 'a.nii.gz', Buffer.concat([gz, Buffer.alloc(512)])],
    [
      'anything behind zeros behind its end',
      'a.nii.gz',
      Buffer.concat([gz, Buffer.alloc(5), Buffer.from('x')]),
    ],
    ['a second copy behind its end', 'a.nii.gz', Buffer.concat([gz, gz])],
    ['fewer voxels than its header says', 'a.nii', plain.subarray(0, -1)],
    ['more bytes than its header says', 'a.nii', Buffer.concat([plain, Buffer.from([0])])],
    ['fewer voxels, soundly compressed', 'a.nii.gz', gzipSync(plain.subarray(0, -100))],
    ['a header only', 'a.nii', plain.subarray(0, 352)],
  ])('with %s is found', async (_what, name, bytes) => {
    const path = join(temporaryFolder(), name);
    writeFileSync(path, bytes);
    const scan = async (): Promise<unknown> => scanVoxels(await readNiftiHeader(path));
    await expect(scan()).rejects.toMatchObject({ code: 'input.malformed', place: { file: path } });
  });

  it('is not one whose gzip has several members, as bgzip and pigz write', async () => {
    const path = join(temporaryFolder(), 'a.nii.gz');
    writeFileSync(
      path,
      Buffer.concat([plain.subarray(0, 999), plain.subarray(999)].map((part) => gzipSync(part))),
    );
    expect((await scanVoxels(await readNiftiHeader(path))).count).toBe(noise.length);
  });

  it.skipIf(!hasTestData)(
    'is found wherever a real one is cut or a bit of it flips',
    { timeout: 60_000 },
    async () => {
      const real = readFileSync(
        testData('bids', 'haxby-slice', 'sub-1', 'func', 'sub-1_task-objectviewing_run-01_bold.nii.gz'),
      );
      const path = join(temporaryFolder(), 'a.nii.gz');
      const scan = async (bytes: Buffer): Promise<string> => {
        writeFileSync(path, bytes);
        try {
          await scanVoxels(await readNiftiHeader(path));
          return 'sound';
        } catch (error) {
          return error instanceof NeuroClawError ? error.code : String(error);
        }
      };
      expect(await scan(real)).toBe('sound');
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: real.length - 1 }), async (at) => {
          expect(await scan(real.subarray(0, at))).toBe('input.malformed');
          // Time, flags and system in the header of gzip (bytes 3 to 9) are not data, nor are the bits that fill the
          // last bytes of deflate before the eight of CRC and length.
          const filling = at >= real.length - 12 && at < real.length - 8;
          if (at > 30 && !filling) expect(await scan(flip(real, at))).toBe('input.malformed');
        }),
        { numRuns: 25 },
      );
    },
  );
});

describe('a scan of voxels', () => {
  it('counts what it promises', async () => {
    const path = join(temporaryFolder(), 'a.nii');
    const data = [0, 1, 1, -2, 0.5, NaN, Infinity, 3];
    await writeNifti(path, { dims: [2, 2, 2], affine: identityAffine, datatype: 'float32', data });
    expect(await scanVoxels(await readNiftiHeader(path))).toEqual({
      count: 8,
      finite: 6,
      minimum: -2,
      maximum: 3,
      mean: 3.5 / 6,
      nonZero: 5,
      nonInteger: 1,
      nonBinary: 3,
    });
  });

  it('of nothing but NaN has no minimum', async () => {
    const path = join(temporaryFolder(), 'a.nii');
    await writeNifti(path, {
      dims: [1, 1, 2],
      affine: identityAffine,
      datatype: 'float32',
      data: [NaN, NaN],
    });
    const scan = await scanVoxels(await readNiftiHeader(path));
    expect([scan.count, scan.finite, scan.minimum, scan.maximum, scan.mean]).toEqual([
      2,
      0,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('writing', () => {
  const affine: Affine = [
    [0, -2, 0, 20],
    [-1.9397, 0, -0.4872, 25.17],
    [-0.4872, 0, 1.9397, 12.32],
    [0, 0, 0, 1],
  ];
  it('gives the same bytes every time, compressed ones too', async () => {
    const folder = temporaryFolder();
    const image = { dims: [4, 4, 4], affine, datatype: 'int16', data: new Int16Array(64).fill(3) } as const;
    await writeNifti(join(folder, 'a.nii.gz'), image);
    await new Promise((done) => setTimeout(done, 1100));
    await writeNifti(join(folder, 'b.nii.gz'), image);
    const a = readFileSync(join(folder, 'a.nii.gz'));
    expect(readFileSync(join(folder, 'b.nii.gz')).equals(a)).toBe(true);
    // No time, no operating system (RFC 1952): the same bytes on another day and another machine.
    expect([...a.subarray(4, 8), a[9]]).toEqual([0, 0, 0, 0, 255]);
  });

  it('says one place in sform and qform', async () => {
    const path = join(temporaryFolder(), 'a.nii');
    await writeNifti(path, { dims: [4, 4, 4], affine, datatype: 'uint8', data: new Uint8Array(64) });
    const { sform, qform, sformCode, qformCode } = await readNiftiHeader(path);
    expect([sformCode, qformCode]).toEqual([1, 1]);
    sform?.flat().forEach((value, index) => expect(value).toBeCloseTo(qform?.flat()[index] ?? NaN, 3));
  });

  it('refuses values that the type cannot hold, and data that do not fill the image', () => {
    const image = { dims: [2, 1, 1], affine, datatype: 'uint8' } as const;
    expect(() => niftiBytes({ ...image, data: [0, 256] })).toThrow(RangeError);
    expect(() => niftiBytes({ ...image, data: [0, NaN] })).toThrow(RangeError);
    expect(() => niftiBytes({ ...image, data: [0] })).toThrow(RangeError);
  });
});
