import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import dicomParser from 'dicom-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityAffine, type Affine } from '../../../src/imaging/affine.js';
import {
  bvecsToWorld,
  flipAxis,
  readGradients,
  shellsOf,
  type Vector3,
} from '../../../src/imaging/gradients.js';
import { parseNiftiHeader, readNiftiHeader, volumesOf } from '../../../src/imaging/nifti-header.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { runDcm2niix } from '../skills/wasm-tools.js';

function files(bval: string, bvec: string): [string, string] {
  const folder = temporaryFolder();
  const paths: [string, string] = [join(folder, 'dwi.bval'), join(folder, 'dwi.bvec')];
  writeFileSync(paths[0], bval);
  writeFileSync(paths[1], bvec);
  return paths;
}

describe('reading gradients', () => {
  const expected: Vector3[] = [
    [0, 0, 0],
    [1, 0, 0],
    [0, 1, 0],
    [0, 0.6, 0.8],
  ];

  it('takes rows as FSL writes them, columns, tabs, blank lines and no last newline', async () => {
    for (const bvec of [
      '0 1 0 0\n0 0 1 0.6\n0 0 0 0.8\n',
      '0 0 0\n1 0 0\n0 1 0\n0 0.6 0.8',
      ' 0\t1  0 0 \r\n0 0 1 6e-1\r\n\r\n0 0 0 .8\r\n',
    ]) {
      const { bvals, bvecs, findings } = await readGradients(...files('0 1000 1000\n 2000', bvec));
      expect(findings).toEqual([]);
      expect(bvals).toEqual([0, 1000, 1000, 2000]);
      expect(bvecs).toEqual(expected);
    }
  });

  it('takes nan where b is 0, and nowhere else', async () => {
    const bvec = 'nan 1 0\nNaN 0 1\nnan 0 0\n';
    expect((await readGradients(...files('0 1000 1000', bvec))).findings).toEqual([]);
    const { findings } = await readGradients(...files('1000 1000 1000', bvec));
    expect(findings.map((finding) => finding.message)).toEqual([
      expect.stringContaining('1 directions have no unit length'),
    ]);
  });

  it.each<[string, string, string, RegExp]>([
    ['a direction too few', '0 1000 1000', '0 1\n0 0\n0 0\n', /2 directions for 3 b-values/],
    ['a column missing in one row', '0 1000 1000', '0 1 0\n0 0 1\n0 0\n', /3 rows of 3, 3, 2 numbers/],
    ['two rows', '0 1000 1000 1000', '0 1 0 1\n0 0 1 0\n', /2 rows of 4, 4 numbers/],
    ['a word', '0 1000 b', '0 1 0\n0 0 1\n0 0 0\n', /b is no number/],
    ['a negative b-value', '0 1000 -1', '0 1 0\n0 0 1\n0 0 0\n', /b-value -1 of volume 2/],
    ['directions scaled by b', '0 1000 1000', '0 1000 0\n0 0 1000\n0 0 0\n', /volume 1 \(b=1000\) has 1000/],
    ['an empty table', '0 1000 1000', '\n', /0 rows/],
  ])('finds %s', async (_what, bval, bvec, message) => {
    const { findings } = await readGradients(...files(bval, bvec));
    expect(findings.map((finding) => finding.message).join('; ')).toMatch(message);
    for (const finding of findings) expect(finding.place?.file).toMatch(/dwi\.bv(al|ec)$/);
  });

  it('says that a file is missing', async () => {
    const [bval] = files('0', '0\n0\n0');
    await expect(readGradients(bval, `${bval}.no`)).rejects.toMatchObject({ code: 'input.not-found' });
  });
});

describe('shells', () => {
  it('gather b-values that scanners spread around the wanted ones', () => {
    const bvals = [0, 5, 995, 1000, 1005, 1990, 2010, 2000, 3000, NaN];
    expect(shellsOf(bvals)).toEqual([
      { b: 2.5, volumes: 2 },
      { b: 1000, volumes: 3 },
      { b: 2000, volumes: 3 },
      { b: 3000, volumes: 1 },
    ]);
    expect(shellsOf([])).toEqual([]);
  });

  it('lose no volume, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4000 })), (bvals) => {
        const shells = shellsOf(bvals);
        expect(shells.reduce((sum, { volumes }) => sum + volumes, 0)).toBe(bvals.length);
        expect(shellsOf([...bvals].reverse())).toEqual(shells);
      }),
    );
  });
});

describe('directions in the world', () => {
  const radiological: Affine = [
    [-2, 0, 0, 90],
    [0, 2, 0, -126],
    [0, 0, 2, -72],
    [0, 0, 0, 1],
  ];
  const neurological: Affine = [
    [2, 0, 0, -90],
    [0, 2, 0, -126],
    [0, 0, 2, -72],
    [0, 0, 0, 1],
  ];

  it('are the same for one bvec in radiological and neurological storage, as FSL defines it', () => {
    const bvec: Vector3[] = [[0.6, 0, 0.8]];
    expect(bvecsToWorld(bvec, radiological)).toEqual([[-0.6, 0, 0.8]]);
    expect(bvecsToWorld(bvec, neurological)).toEqual([[-0.6, 0, 0.8]]);
  });

  it('keep their length whatever the voxel sizes', () => {
    const world = bvecsToWorld(
      [[0.6, 0, 0.8]],
      [
        [0, 0, -4, 0],
        [-2, 0, 0, 0],
        [0, 3, 0, 0],
        [0, 0, 0, 1],
      ],
    );
    expect(Math.hypot(...(world[0] ?? []))).toBeCloseTo(1, 12);
  });

  it('change with a flipped axis: what FA does not show', () => {
    const bvecs: Vector3[] = [[0.6, 0, 0.8]];
    expect(flipAxis(bvecs, 0)).toEqual([[-0.6, 0, 0.8]]);
    expect(flipAxis(flipAxis(bvecs, 2), 2)).toEqual(bvecs);
    expect(bvecsToWorld(flipAxis(bvecs, 0), identityAffine)).toEqual([[0.6, 0, 0.8]]);
  });
});

describe.skipIf(!hasTestData)('real gradients', () => {
  it.each(['small_64D', 'small_101D'])('of %s fit their image', async (name) => {
    const image = await readNiftiHeader(
      testData('dwi-small', name === 'small_64D' ? `${name}.nii` : `${name}.nii.gz`),
    );
    const { bvals, bvecs, findings } = await readGradients(
      testData('dwi-small', `${name}.bval`),
      testData('dwi-small', `${name}.bvec`),
    );
    expect(findings).toEqual([]);
    expect([bvals.length, bvecs.length]).toEqual([volumesOf(image), volumesOf(image)]);
  });

  it('point in the world where the scanner says that they point', async () => {
    const folder = testData('dicom', 'siemens-trio-dti20');
    const run = await runDcm2niix(
      ['dcm2niix', '-f', 'dwi', '-b', 'y', '-z', 'n', '-o', '/out', '/in/dicoms'],
      folder,
    );
    const file = (name: string): Buffer => run.files.get(name) ?? Buffer.alloc(0);
    const { bvals, bvecs, findings } = await readGradients(
      ...files(file('dwi.bval').toString(), file('dwi.bvec').toString()),
    );
    expect(findings).toEqual([]);
    const world = bvecsToWorld(bvecs, parseNiftiHeader(file('dwi.nii').subarray(0, 352), 'dwi.nii').affine);

    // (0019,100E): in DICOM's patient coordinates, which point to the left and backwards where RAS does not.
    const scanner = readdirSync(folder)
      .map((name) => dicomParser.parseDicom(readFileSync(join(folder, name)), { untilTag: 'x7fe00010' }))
      .sort((a, b) => (a.intString('x00200013') ?? 0) - (b.intString('x00200013') ?? 0))
      .map((data) => [0, 1, 2].map((axis) => (axis < 2 ? -1 : 1) * (data.double('x0019100e', axis) ?? 0)));
    let weighted = 0;
    bvals.forEach((b, volume) => {
      if (b === 0) return;
      weighted += 1;
      const cosine = (world[volume] ?? [0, 0, 0]).reduce(
        (sum, value, axis) => sum + value * (scanner[volume]?.[axis] ?? 0),
        0,
      );
      expect(cosine).toBeGreaterThan(0.9999);
    });
    expect(weighted).toBe(40);
  });
});
