import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { InputLooks, inputProblems } from '../../../src/planning/check-inputs.js';
import { temporaryFolder } from '../../support/temporary.js';
import { world } from './support.js';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

async function image(name: string, volumes: number): Promise<string> {
  const path = join(folder, name);
  const dims = volumes === 1 ? [3, 3, 2] : [3, 3, 2, volumes];
  await writeNifti(path, {
    dims,
    affine: [
      [2, 0, 0, 0],
      [0, 2, 0, 0],
      [0, 0, 2, 0],
      [0, 0, 0, 1],
    ],
    datatype: 'int16',
    data: Array.from({ length: 18 * volumes }, (_, index) => index),
  });
  return path;
}

function text(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** `field: message; expected` of what is wrong. */
async function problems(id: string, files: Record<string, string>): Promise<string[]> {
  const skill = (await world).skills.skills.get(id)!;
  const lists = Object.fromEntries(Object.entries(files).map(([role, path]) => [role, [path]]));
  const findings = await inputProblems(skill, lists, new InputLooks(), (path) =>
    path.slice(folder.length + 1),
  );
  for (const { place, severity } of findings) expect([place?.skill, severity]).toEqual([id, 'error']);
  return findings.map(({ place, message, expected }) => `${place?.field}: ${message}; ${expected}`);
}

describe('a sound file', () => {
  it('says nothing', async () => {
    expect(await problems('niimath/smooth', { image: await image('bold.nii.gz', 5) })).toEqual([]);
    expect(
      await problems('niimath/apply-mask', {
        image: await image('bold.nii.gz', 5),
        mask: await image('mask.nii.gz', 1),
      }),
    ).toEqual([]);
  });
});

describe('a file of the wrong kind never reaches a tool', () => {
  it('JSON that is called an image', async () => {
    expect(await problems('niimath/smooth', { image: text('bold.nii.gz', '{}') })).toEqual([
      'image: bold.nii.gz is JSON; a NIfTI image, for image of niimath/smooth',
    ]);
  });

  it('a volume where a series is due', async () => {
    expect(await problems('niimath/tsnr', { image: await image('bold.nii.gz', 1) })).toEqual([
      'image: bold.nii.gz is one volume (3 x 3 x 2); a series of volumes (4D), for image of niimath/tsnr',
    ]);
  });

  it('a series where a mask is due', async () => {
    const files = { image: await image('bold.nii.gz', 5), mask: await image('mask.nii.gz', 5) };
    expect(await problems('niimath/apply-mask', files)).toEqual([
      'mask: mask.nii.gz has 5 volumes (3 x 3 x 2 x 5); one volume (3D), for mask of niimath/apply-mask',
    ]);
  });

  it('a header that contradicts itself', async () => {
    const path = await image('bold.nii', 5);
    const bytes = Buffer.alloc(2, 7);
    const { openSync, writeSync, closeSync } = await import('node:fs');
    const handle = openSync(path, 'r+');
    writeSync(handle, bytes, 0, 2, 70);
    closeSync(handle);
    const [only] = await problems('niimath/smooth', { image: path });
    expect(only).toContain('image: ');
    expect(only).toContain('datatype');
  });

  it('a file that is gone', async () => {
    const [only] = await problems('niimath/smooth', { image: join(folder, 'gone.nii') });
    expect(only).toContain('gone.nii does not exist');
  });
});

describe('gradients that do not go with the image never reach a tool', () => {
  const table = (rows: number, columns: number): string =>
    Array.from({ length: rows }, () =>
      Array<number>(columns)
        .fill(rows === 1 ? 1000 : 0.577)
        .join(' '),
    ).join('\n');
  const imported = async (bvals: number, bvecs: string, volumes: number): Promise<string[]> =>
    problems('mrtrix3/mrconvert-import-dwi', {
      image: await image('dwi.nii.gz', volumes),
      bval: text('dwi.bval', table(1, bvals)),
      bvec: text('dwi.bvec', bvecs),
    });

  it('as many of each are well', async () => {
    expect(await imported(6, table(3, 6), 6)).toEqual([]);
  });

  it('one direction less than b-values', async () => {
    expect(await imported(6, table(3, 5), 6)).toEqual([
      'bvec: dwi.bvec has 5 directions; 6, one for each b-value of dwi.bval, for bvec of mrtrix3/mrconvert-import-dwi',
    ]);
  });

  it('one volume more than b-values', async () => {
    expect(await imported(6, table(3, 6), 7)).toEqual([
      'bval: dwi.bval has 6 b-values; 7, one for each volume of dwi.nii.gz, for bval of mrtrix3/mrconvert-import-dwi',
    ]);
  });

  it('two rows of directions', async () => {
    expect((await imported(6, table(2, 6), 6))[0]).toContain('dwi.bvec has 2 rows; three rows');
  });

  it('words among the numbers', async () => {
    expect((await imported(6, table(3, 6).replace('0.577', 'x'), 6))[0]).toContain(
      'dwi.bvec has x is no number',
    );
  });

  it('the two files swapped', async () => {
    const files = {
      image: await image('dwi.nii.gz', 6),
      bval: text('dwi.bvec', table(3, 6)),
      bvec: text('dwi.bval', table(1, 6)),
    };
    expect((await problems('mrtrix3/mrconvert-import-dwi', files)).length).toBeGreaterThan(0);
  });
});
