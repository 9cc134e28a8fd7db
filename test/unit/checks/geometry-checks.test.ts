import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary.js';
import { floats, writeTck } from '../imaging/write-mrtrix.js';
import { check, subject } from './subject.js';

function text(name: string, content: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

describe('tsf.readable', () => {
  const scalars = (numbers: readonly number[], count = '2'): string => {
    const head = `mrtrix track scalars\ndatatype: Float32LE\ncount: ${count}\nfile: . 100\nEND\n`.padEnd(
      100,
      '\0',
    );
    const path = join(temporaryFolder(), 'values.tsf');
    writeFileSync(path, Buffer.concat([Buffer.from(head), floats(numbers)]));
    return path;
  };
  const whole = [1, 2, NaN, 3, NaN, Infinity];

  it('passes two streamlines of values that belong to the tractogram', async () => {
    const path = scalars(whole);
    const tracks = join(temporaryFolder(), 'tracks.tck');
    const line = [
      [0, 0, 0],
      [1, 0, 0],
    ] as const;
    writeTck(tracks, [line, line]);
    const inputs = { tracks: [tracks] };
    expect(await check(subject(path, { inputs }), 'tsf.readable', { tracks: 'tracks' })).toMatchObject({
      ok: true,
      values: { streamlines: 2 },
    });
    writeTck(tracks, [line]);
    expect((await check(subject(path, { inputs }), 'tsf.readable', { tracks: 'tracks' })).ok).toBe(false);
  });

  it('rejects a cut file, a wrong count, and a tractogram', async () => {
    expect((await check(subject(scalars(whole.slice(0, 4))), 'tsf.readable')).ok).toBe(false);
    expect((await check(subject(scalars(whole, '3')), 'tsf.readable')).ok).toBe(false);
    const tracks = join(temporaryFolder(), 'tracks.tck');
    writeTck(tracks, []);
    expect((await check(subject(tracks), 'tsf.readable')).ok).toBe(false);
  });
});

describe('mesh.readable', () => {
  const triangle = 'v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n';

  it('passes a triangle', async () => {
    expect(await check(subject(text('a.obj', triangle)), 'mesh.readable')).toMatchObject({
      ok: true,
      values: { points: 3, triangles: 1 },
    });
  });

  it.each([
    ['points alone', 'v 0 0 0\nv 1 0 0\n'],
    ['a point that is not there', triangle.replace('f 1 2 3', 'f 1 2 4')],
    ['a point without a place', triangle.replace('v 0 1 0', 'v nan 1 0')],
  ])('rejects %s', async (_name, content) => {
    expect((await check(subject(text('a.obj', content)), 'mesh.readable')).ok).toBe(false);
  });
});

describe('file.starts-with', () => {
  it('tells formats apart', async () => {
    const path = text('a.vtk', '# vtk DataFile Version 1.0\n');
    expect((await check(subject(path), 'file.starts-with', { text: '# vtk DataFile' })).ok).toBe(true);
    expect((await check(subject(path), 'file.starts-with', { text: 'ply' })).ok).toBe(false);
  });
});

describe('transform.linear', () => {
  const matrix = (x: string, more = ''): string =>
    text('t.txt', `# comment\n${x} 0 0 5\n0 1 0 0\n0 0 1 0\n0 0 0 1\n${more}`);

  it('passes a shift, as rigid too', async () => {
    expect(await check(subject(matrix('1')), 'transform.linear', { rigid: true })).toMatchObject({
      ok: true,
      values: { determinant: 1 },
    });
  });

  it('rejects a mirror, a collapse, a scale that no head has, and one row too many', async () => {
    const verdicts = await Promise.all(
      [matrix('-1'), matrix('0.1'), matrix('4'), matrix('1', '0 0 0 1\n')].map(
        async (path) => (await check(subject(path), 'transform.linear')).ok,
      ),
    );
    expect(verdicts).toEqual([false, false, false, false]);
    expect((await check(subject(matrix('1.2')), 'transform.linear')).ok).toBe(true);
    expect((await check(subject(matrix('1.2')), 'transform.linear', { rigid: true })).ok).toBe(false);
  });
});
