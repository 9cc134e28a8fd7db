import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanTracts } from '../../../src/imaging/scan-tracts.js';
import { hashStreamlines, lengthOf, readTckHeader, streamStreamlines } from '../../../src/imaging/tck.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { withDelimiters, writeTck, type Line, type TckText } from './write-mrtrix.js';

const two: readonly Line[] = [
  [
    [0, 0, 0],
    [3, 4, 0],
    [3, 4, 12],
  ],
  [
    [1, 1, 1],
    [1, 1, 2],
  ],
];

async function read(path: string): Promise<number[][]> {
  const streamlines: number[][] = [];
  await streamStreamlines(path, (points) => void streamlines.push([...points]));
  return streamlines;
}

describe('a tracks file', () => {
  it.each(['Float32LE', 'Float32BE', 'Float64LE', 'Float64BE'])('is read as %s', async (datatype) => {
    const path = join(temporaryFolder(), 'tracks.tck');
    writeTck(path, two, { datatype, lines: ['step_size: 1', 'roi: seed mask.mif'] });
    const header = await readTckHeader(path);
    expect(header.count).toBe(2);
    expect(header.keyvals.get('roi')).toEqual(['seed mask.mif']);
    expect(await read(path)).toEqual(two.map((line) => line.flat()));
    const { lengths, ...rest } = await scanTracts(path);
    expect(rest).toEqual({ streamlines: 2, empty: 0, points: 5 });
    expect([...lengths]).toEqual([17, 1]);
  });

  it('gives back any streamlines, in order, also where they are longer than what is read at once', async () => {
    const path = join(temporaryFolder(), 'tracks.tck');
    const point = fc.tuple(fc.integer(), fc.integer(), fc.integer()).map((xyz) => xyz.map((v) => v % 1000));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(point, { maxLength: 20 }), { maxLength: 20 }), async (lines) => {
        writeTck(path, lines as unknown as Line[]);
        expect(await read(path)).toEqual(lines.map((line) => line.flat()));
      }),
      { numRuns: 40 },
    );
    const long = Array.from({ length: 200_000 }, (_, i): [number, number, number] => [i, 0, 0]);
    writeTck(path, [long, ...two]);
    const { streamlines, points, lengths } = await scanTracts(path);
    expect([streamlines, points, lengths[0]]).toEqual([3, 200_005, 199_999]);
  });

  it.each<[string, TckText, string]>([
    ['whole numbers', { datatype: 'Int32LE' }, 'datatype'],
    ['points in another file', { file: 'other.dat 0' }, 'file'],
    ['points inside its header', { file: '. 3' }, 'file'],
    ['a count that is no number', { count: 'many' }, 'count'],
  ])('is refused with %s', async (_what, text, field) => {
    const path = join(temporaryFolder(), 'tracks.tck');
    writeTck(path, two, text);
    await expect(readTckHeader(path)).rejects.toMatchObject({ code: 'input.malformed', place: { field } });
  });

  it.each<[string, number[], RegExp]>([
    ['cut between streamlines', withDelimiters(two).slice(0, -3), /cut after 2 streamlines/],
    ['cut within a streamline', withDelimiters(two).slice(0, 6), /cut after 0/],
    ['cut within a point', withDelimiters(two).slice(0, -1), /cut after 2/],
    ['going on behind its end', [...withDelimiters(two), 1, 2, 3], /goes on/],
    ['with a byte or more behind its end', [...withDelimiters(two), 1], /goes on/],
    [
      'with a point that is partly NaN',
      [1, NaN, 2, NaN, NaN, NaN, Infinity, Infinity, Infinity],
      /1, NaN, 2/,
    ],
    ['whose last streamline does not end', [1, 2, 3, Infinity, Infinity, Infinity], /does not end/],
    ['without any point or end', [], /cut after 0/],
  ])('is refused %s', async (_what, numbers, message) => {
    const path = join(temporaryFolder(), 'tracks.tck');
    writeTck(path, { numbers });
    await expect(scanTracts(path)).rejects.toThrow(message);
  });

  it('is not kept in memory when its delimiters are lost', async () => {
    const path = join(temporaryFolder(), 'tracks.tck');
    writeTck(path, { numbers: new Array<number>(3 * 1_048_577).fill(1) });
    await expect(scanTracts(path)).rejects.toThrow(/more than 1048576 points/);
  });
});

describe('the content of a tractogram', () => {
  it('is the same under another header, byte order and width, and differs with any point or order', async () => {
    const folder = temporaryFolder();
    const hash = async (lines: readonly Line[], text: TckText = {}): Promise<string> => {
      writeTck(join(folder, 'x.tck'), lines, text);
      return hashStreamlines(join(folder, 'x.tck'));
    };
    const one = await hash(two);
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash(two, { lines: ['timestamp: 1444454143.9'] })).toBe(one);
    expect(await hash(two, { datatype: 'Float64BE' })).toBe(one);
    expect(await hash([...two].reverse())).not.toBe(one);
    expect(await hash(two.slice(0, 1))).not.toBe(one);
    // The same points cut into streamlines elsewhere.
    expect(await hash([[...(two[0] ?? []), ...(two[1] ?? [])]])).not.toBe(one);
    expect(await hash([[[0, 0, 1e-6], ...(two[0] ?? []).slice(1)], ...two.slice(1)])).not.toBe(one);
  });

  it('has the length of its segments', () => {
    expect(lengthOf(Float64Array.from((two[0] ?? []).flat()))).toBe(17);
    expect(lengthOf(new Float64Array(3))).toBe(0);
    expect(lengthOf(new Float64Array(0))).toBe(0);
  });
});

describe.skipIf(!hasTestData)('tracks that MRtrix3 wrote', () => {
  it('are as many as their header says, with the lengths that tckstats prints', async () => {
    const path = testData('phantom-tractography', 'tracks.tck');
    const header = await readTckHeader(path);
    expect(header.count).toBe(5000);
    expect(header.keyvals.get('method')).toEqual(['iFOD2']);
    const { streamlines, lengths } = await scanTracts(path);
    expect(streamlines).toBe(5000);
    // tckstats 3.0.3: mean 19.6066, min 8.22207, max 25.824.
    expect(lengths.reduce((sum, length) => sum + length, 0) / 5000).toBeCloseTo(19.6066, 3);
    expect(Math.min(...lengths)).toBeCloseTo(8.22207, 4);
    expect(Math.max(...lengths)).toBeCloseTo(25.824, 3);
  });

  it('are refused when they are cut', async () => {
    const path = join(temporaryFolder(), 'cut.tck');
    writeFileSync(path, readFileSync(testData('phantom-tractography', 'tracks.tck')).subarray(0, 600_000));
    await expect(scanTracts(path)).rejects.toMatchObject({ code: 'input.malformed' });
  });
});
