import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runChecks } from '../../../src/checks/catalog.js';
import type { Affine } from '../../../src/imaging/affine.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { temporaryFolder } from '../../support/temporary.js';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

async function text(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

const json = (name: string, value: unknown): Promise<string> => text(name, JSON.stringify(value));

const las: Affine = [
  [-2, 0, 0, 10],
  [0, 2, 0, -5],
  [0, 0, 3, 1],
  [0, 0, 0, 1],
];

async function image(name: string, data: readonly number[], affine = las): Promise<string> {
  const path = await text(name, '');
  const dims = data.length === 8 ? [2, 2, 2] : [2, 2, 2, data.length / 8];
  await writeNifti(path, { dims, affine, datatype: 'float32', data, repetitionTimeS: 2 });
  return path;
}

async function verdict(
  check: string,
  path: string,
  inputs: Record<string, string>,
  args: Record<string, unknown>,
): Promise<{ ok: boolean; said: string }> {
  const [result] = await runChecks(
    {
      output: 'it',
      kind: 'any',
      path,
      inputs: Object.fromEntries(Object.entries(inputs).map(([role, file]) => [role, [file]])),
      outputs: {},
      params: {},
      sidecar: {},
    },
    [{ check, args: args as Record<string, never> }],
  );
  return { ok: result?.ok ?? false, said: result?.findings.map(({ message }) => message).join('; ') ?? '' };
}

describe('json.values', () => {
  it('compares numbers within a tolerance and texts exactly', async () => {
    const right = await json('right.json', { tr: 2.5, axis: 'j-', timing: [0, 1.25] });
    const near = await json('near.json', { tr: 2.501, axis: 'j-', timing: [0, 1.25], more: 1 });
    const args = { reference: 'right', tolerance: { tr: 0.01 } };
    expect(await verdict('json.values', near, { right }, args)).toMatchObject({ ok: true });
    expect(await verdict('json.values', near, { right }, { reference: 'right' })).toMatchObject({
      ok: false,
      said: 'tr is 2.501',
    });
    const turned = await json('turned.json', { tr: 2.5, axis: 'j', timing: [0, 1.25] });
    expect((await verdict('json.values', turned, { right }, args)).said).toBe('axis is "j"');
  });

  it('wants evidence to name the numbers, as words of their own', async () => {
    const right = await json('right.json', { numbers: [37, 36] });
    const args = { reference: 'right', keys: [], mentions: { evidence: 'numbers' } };
    const named = await json('a.json', { evidence: '37 volumes but 36 directions' });
    expect(await verdict('json.values', named, { right }, args)).toMatchObject({ ok: true });
    const other = await json('b.json', { evidence: '1370 volumes, 36.5 directions' });
    expect((await verdict('json.values', other, { right }, args)).ok).toBe(false);
  });

  it('finds what had to go', async () => {
    const path = await json('a.json', { PatientName: 'X' });
    expect((await verdict('json.values', path, {}, { absent: ['PatientName'] })).said).toContain(
      'PatientName',
    );
  });
});

describe('table.close', () => {
  const args = { reference: 'right', key: ['index'], columns: { mean: { relative: 0.01 }, name: {} } };

  it('takes rows by their key, in any order, tabs or commas', async () => {
    const right = await text('right.tsv', 'index\tname\tmean\n1\ta\t0.5\n2\tb\tn/a\n');
    const own = await text('own.csv', 'index,name,mean\n2,b,n/a\n1,a,0.501\n');
    expect(await verdict('table.close', own, { right }, args)).toMatchObject({ ok: true });
  });

  it.each([
    ['a value of another row', 'index,name,mean\n1,a,0.7\n2,b,n/a\n', 'mean of 1 is 0.7'],
    ['a swapped name', 'index,name,mean\n1,b,0.5\n2,a,n/a\n', 'name of 1 is b'],
    ['a missing row', 'index,name,mean\n1,a,0.5\n', '1 rows'],
    ['a value made up', 'index,name,mean\n1,a,0.5\n2,b,0\n', 'mean of 2 is 0'],
    ['a missing column', 'index,name\n1,a\n2,b\n', 'column mean is missing'],
  ])('finds %s', async (_, table, said) => {
    const right = await text('right.tsv', 'index\tname\tmean\n1\ta\t0.5\n2\tb\tn/a\n');
    const own = await text('own.csv', table);
    const found = await verdict('table.close', own, { right }, args);
    expect(found.ok).toBe(false);
    expect(found.said).toContain(said);
  });
});

describe('matrix.close', () => {
  it('takes an upper triangle for its symmetric twin, where it may', async () => {
    const right = await text('right.csv', '0 3\n3 4\n');
    const upper = await text('upper.csv', '0 3\n0 4\n');
    expect(
      (await verdict('matrix.close', upper, { right }, { reference: 'right', triangle_allowed: true })).ok,
    ).toBe(true);
    expect((await verdict('matrix.close', upper, { right }, { reference: 'right' })).said).toBe(
      'row 2, column 1 is 0',
    );
  });

  it('finds a transposed and a scaled matrix', async () => {
    const right = await text('right.csv', '0 3\n1 4\n');
    const turned = await text('turned.csv', '0 1\n3 4\n');
    const scaled = await text('scaled.csv', '0 6\n2 8\n');
    for (const path of [turned, scaled])
      expect((await verdict('matrix.close', path, { right }, { reference: 'right', relative: 0.1 })).ok).toBe(
        false,
      );
  });
});

describe('tree.close', () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8];
  async function trees(own: readonly number[]): Promise<Record<'mine' | 'right', string>> {
    await image('right/sub-1/anat/a.nii.gz', values);
    await json('right/sub-1/anat/a.json', { EchoTime: 0.03, Name: null });
    await text('right/participants.tsv', 'participant_id\tage\nsub-1\t20\n');
    await image('mine/sub-1/anat/a.nii.gz', own);
    await json('mine/sub-1/anat/a.json', { EchoTime: 0.03, More: 1 });
    await text('mine/participants.tsv', 'age\tparticipant_id\n20.0\tsub-1\n');
    await text('mine/README', 'text');
    return { mine: join(folder, 'mine'), right: join(folder, 'right') };
  }
  const args = { reference: 'right', ignore: ['README*'] };

  it('takes a tree that says the same', async () => {
    const { mine, right } = await trees(values);
    expect(await verdict('tree.close', mine, { right }, args)).toMatchObject({ ok: true, said: '' });
  });

  it.each([
    [
      'the wrong image under a right name',
      async () => image('mine/sub-1/anat/a.nii.gz', [...values].reverse()),
      'other voxels',
    ],
    [
      'a mirrored image',
      async () => image('mine/sub-1/anat/a.nii.gz', values, [[2, 0, 0, 8], las[1], las[2], las[3]]),
      'other voxels',
    ],
    ['milliseconds', async () => json('mine/sub-1/anat/a.json', { EchoTime: 30 }), 'EchoTime is 30'],
    [
      'a key that had to go',
      async () => json('mine/sub-1/anat/a.json', { EchoTime: 0.03, Name: 'X' }),
      'Name is "X"',
    ],
    ['a file too many', async () => text('mine/sub-1/anat/b.json', '{}'), 'does not belong here'],
    [
      'another age',
      async () => text('mine/participants.tsv', 'participant_id\tage\nsub-1\t21\n'),
      'no row sub-1 20',
    ],
  ])('finds %s', async (_, spoil, said) => {
    const { mine, right } = await trees(values);
    await spoil();
    expect((await verdict('tree.close', mine, { right }, args)).said).toContain(said);
  });
});

describe('tree.without', () => {
  it('finds a name in a compressed header and in the name of a file', async () => {
    const words = await text('words.txt', 'Doe\n');
    const path = await text('mine/a.nii.gz', '');
    await writeNifti(path, {
      dims: [1, 1, 1],
      affine: las,
      datatype: 'uint8',
      data: [1],
      descrip: 'DOE^JANE',
    });
    const mine = join(folder, 'mine');
    expect((await verdict('tree.without', mine, { words }, { words: 'words' })).said).toContain('a.nii.gz');
    await writeNifti(path, { dims: [1, 1, 1], affine: las, datatype: 'uint8', data: [1] });
    expect((await verdict('tree.without', mine, { words }, { words: 'words' })).ok).toBe(true);
    await text('mine/doe.txt', 'x');
    expect((await verdict('tree.without', mine, { words }, { words: 'words' })).ok).toBe(false);
  });
});

describe('dwi.gradients', () => {
  it('compares in the world, whatever the axes of the image', async () => {
    const dwi = await image(
      'dwi.nii.gz',
      Array.from({ length: 16 }, () => 1),
    );
    const bval = await text('a.bval', '0 1000\n');
    const world = await text('world.txt', '0 0.6\n0 0.8\n0 0\n');
    const inputs = { dwi, bval, world };
    const args = { image: 'dwi', bval: 'bval', world: 'world' };
    // The determinant is negative: along the voxel axes, without another turn.
    const right = await text('right.bvec', '0 -0.6\n0 0.8\n0 0\n');
    expect(await verdict('dwi.gradients', right, inputs, args)).toMatchObject({ ok: true });
    const copied = await text('copied.bvec', '0 0.6\n0 0.8\n0 0\n');
    expect((await verdict('dwi.gradients', copied, inputs, args)).said).toContain(
      'volume 1 is 73.74 degrees off',
    );
  });
});

describe('dwi.peaks and tck.axes', () => {
  // Two fibres in every voxel, along x and y.
  const fibres = [1, 0, 0, 0, 1, 0].flatMap((value) => Array.from({ length: 8 }, () => value));

  it('wants every fibre of a voxel', async () => {
    const truth = await image('truth.nii.gz', fibres);
    const args = { reference: 'truth', median_deg: 5, p95_deg: 10, extra: 0.1 };
    expect((await verdict('dwi.peaks', truth, { truth }, args)).ok).toBe(true);
    const one = await image('one.nii.gz', fibres.slice(0, 24));
    expect((await verdict('dwi.peaks', one, { truth }, args)).said).toContain('degrees off the fibres');
    const three = await image('three.nii.gz', [
      ...fibres,
      ...[0, 0, 1].flatMap((v) => Array.from({ length: 8 }, () => v)),
    ]);
    expect((await verdict('dwi.peaks', three, { truth }, args)).said).toContain(
      '1.00 peaks a voxel too many',
    );
  });

  it('finds streamlines across the fibres', async () => {
    const truth = await image('truth.nii.gz', fibres.slice(0, 24));
    const line = async (name: string, points: readonly number[]): Promise<string> => {
      const path = join(folder, name);
      const header = 'mrtrix tracks\ndatatype: Float32LE\ncount: 1\nfile: . 67\nEND\n';
      const body = Float32Array.from([...points, NaN, NaN, NaN, Infinity, Infinity, Infinity]);
      await writeFile(path, Buffer.concat([Buffer.from(header.padEnd(67)), Buffer.from(body.buffer)]));
      return path;
    };
    const args = { reference: 'truth', median_deg: 10, inside: 0.9 };
    const along = await line('along.tck', [10, -5, 1, 8, -5, 1]);
    expect(await verdict('tck.axes', along, { truth }, args)).toMatchObject({ ok: true, said: '' });
    const across = await line('across.tck', [10, -5, 1, 10, -3, 1]);
    expect((await verdict('tck.axes', across, { truth }, args)).said).toContain('90.0 degrees off');
    const away = await line('away.tck', [90, -5, 1, 88, -5, 1]);
    expect((await verdict('tck.axes', away, { truth }, args)).ok).toBe(false);
  });
});
