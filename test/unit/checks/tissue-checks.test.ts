import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary.js';
import { floats, writeMif } from '../imaging/write-mrtrix.js';
import { check, subject } from './subject.js';

/** Four voxels: grey matter, white matter, CSF, nothing. Rows are tissues. */
const sound = [
  [1, 0, 0, 0],
  [0, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 0],
];

function tissues(rows: readonly (readonly number[])[]): string {
  const path = join(temporaryFolder(), '5tt.mif');
  writeMif(path, floats(rows.flat()), {
    dim: `4,1,1,${rows.length}`,
    vox: '1,1,1,1',
    layout: '+0,+1,+2,+3',
  });
  return path;
}

const changed = (tissue: number, voxel: number, value: number): number[][] =>
  sound.map((row, i) => row.map((old, j) => (i === tissue && j === voxel ? value : old)));

describe('act.tissues', () => {
  it('passes five tissues that add up to 1 where there is any', async () => {
    expect(await check(subject(tissues(sound)), 'act.tissues')).toMatchObject({
      ok: true,
      values: { voxels: 3 },
    });
  });

  it.each<[string, readonly (readonly number[])[], RegExp]>([
    ['four tissues', sound.slice(0, 4), /4 volumes/],
    ['tissues that overlap', changed(1, 0, 0.5), /more than 1/],
    ['a part of the brain that belongs to nothing', changed(2, 1, 0.4), /do not add up to 1/],
    ['a fraction below 0', changed(4, 3, -0.2), /below 0/],
    ['a fraction that is no number', changed(4, 0, NaN), /no number/],
    ['no grey matter', changed(0, 0, 0), /no grey matter/],
    ['no white matter', changed(2, 1, 0), /no white matter/],
    ['an empty image', sound.map((row) => row.map(() => 0)), /no voxel has tissue/],
  ])('rejects %s', async (_name, rows, message) => {
    const { ok, findings } = await check(subject(tissues(rows)), 'act.tissues');
    expect(ok).toBe(false);
    expect(findings.map((finding) => finding.message).join('\n')).toMatch(message);
  });
});

describe('sh.coefficients', () => {
  const of = async (volumes: number, minimum_lmax = 0): Promise<boolean> => {
    const path = join(temporaryFolder(), 'fod.mif');
    writeMif(path, floats(Array.from({ length: volumes }, () => 0)), {
      dim: `1,1,1,${volumes}`,
      vox: '1,1,1,1',
      layout: '+0,+1,+2,+3',
    });
    return (await check(subject(path), 'sh.coefficients', { minimum_lmax })).ok;
  };

  it('takes 1, 6, 15, 28 and 45 coefficients', async () => {
    expect(await Promise.all([1, 6, 15, 28, 45].map((n) => of(n)))).toEqual([true, true, true, true, true]);
  });

  it('rejects a lost volume, peaks, and an order too low', async () => {
    expect(await Promise.all([44, 3, 7].map((n) => of(n)))).toEqual([false, false, false]);
    expect(await of(6, 4)).toBe(false);
  });
});

describe('labels.subset', () => {
  const labels = (values: readonly number[]): string => {
    const path = join(temporaryFolder(), 'labels.mif');
    writeMif(path, floats(values), { dim: `${values.length},1,1`, vox: '1,1,1' });
    return path;
  };
  const of = async (before: readonly number[], after: readonly number[]): Promise<boolean> =>
    (
      await check(subject(labels(after), { inputs: { labels: [labels(before)] } }), 'labels.subset', {
        input: 'labels',
      })
    ).ok;

  it('takes the same labels on another grid, and rejects new ones and lost ones', async () => {
    expect(await of([0, 3, 7], [0, 0, 3, 3, 7, 7])).toBe(true);
    expect(await of([0, 3, 7], [0, 3, 5, 7])).toBe(false);
    expect(await of([0, 3, 7], [0, 7, 7])).toBe(false);
  });
});
