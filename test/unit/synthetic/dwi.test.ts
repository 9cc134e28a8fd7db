import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Affine, Grid } from '../../../src/imaging/affine.js';
import { readGradients, bvecsToWorld } from '../../../src/imaging/gradients.js';
import { readNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { readVoxels } from '../../../src/imaging/voxel-stream.js';
import { diffusionProtocol, simulateDwi, type DwiScan } from '../../../src/synthetic/dwi.js';
import { centredGrid } from '../../../src/synthetic/grids.js';
import { makeHead } from '../../../src/synthetic/head-phantom.js';
import { seededRandom } from '../../../src/synthetic/random.js';
import { label } from '../../../src/synthetic/tissues.js';
import { temporaryFolder } from '../../support/temporary.js';
import { axisAngle, fslToWorld, mean, median, numberRows, tensorFit, type TensorFit } from './fits.js';

const head = makeHead(1, 'sub-01');
const protocol = diffusionProtocol(seededRandom(1, 'protocol'));

/** Turned about all three axes. */
const oblique: Affine = (() => {
  const [a, b, c] = [0.3, -0.4, 0.25].map((angle) => [Math.cos(angle), Math.sin(angle)] as const) as [
    readonly [number, number],
    readonly [number, number],
    readonly [number, number],
  ];
  const rows = [
    [b[0] * c[0], -b[0] * c[1], b[1]],
    [a[1] * b[1] * c[0] + a[0] * c[1], a[0] * c[0] - a[1] * b[1] * c[1], -a[1] * b[0]],
    [a[1] * c[1] - a[0] * b[1] * c[0], a[0] * b[1] * c[1] + a[1] * c[0], a[0] * b[0]],
  ].map((row) => row.map((value) => Math.fround(value * 5)));
  const line = (r: number): readonly [number, number, number, number] => {
    const [x, y, z] = rows[r] as [number, number, number];
    return [x, y, z, Math.fround(-(x + y + z) * 15.5)];
  };
  return [line(0), line(1), line(2), [0, 0, 0, 1]];
})();

const grids: Readonly<Record<string, Grid>> = {
  'LAS (negative determinant)': centredGrid([32, 32, 24], [5, 5, 5], 'LAS', 10),
  'RAS (positive determinant)': centredGrid([32, 32, 24], [5, 5, 5], 'RAS', 10),
  'PSR (sagittal slices)': centredGrid([36, 24, 32], [5, 5, 5], 'PSR', 20),
  'turned about all axes': { shape: [32, 32, 32], affine: oblique },
};

interface Fit {
  readonly voxel: number;
  readonly fit: TensorFit;
}

interface Written {
  readonly affine: Affine;
  readonly voxels: Float64Array;
  readonly bvals: readonly number[];
  readonly bvec: number[][];
}

/** Writes the files of a scan and reads them. */
async function written(scan: DwiScan): Promise<Written> {
  const stem = join(temporaryFolder(), 'sub-01_dwi');
  await writeNifti(`${stem}.nii`, scan.image);
  writeFileSync(`${stem}.bval`, scan.bval);
  writeFileSync(`${stem}.bvec`, scan.bvec);
  const header = await readNiftiHeader(`${stem}.nii`);
  const [bvals = []] = numberRows(`${stem}.bval`);
  return {
    affine: header.affine,
    voxels: await readVoxels(header),
    bvals,
    bvec: numberRows(`${stem}.bvec`),
  };
}

/** Fits one in `every` voxels of white matter. `bvec` is what the file says, or a mistake. */
function fitFiles({ truth }: DwiScan, files: Written, bvec = files.bvec, every = 10): Fit[] {
  const fit = tensorFit(files.bvals, fslToWorld(bvec, files.affine));
  const count = truth.labels.length;
  return [...truth.labels.keys()]
    .filter((voxel) => truth.labels[voxel] === label.white)
    .filter((_, index) => index % every === 0)
    .map((voxel) => ({ voxel, fit: fit(files.bvals.map((_, v) => files.voxels[v * count + voxel]!)) }));
}

function angles({ truth }: DwiScan, fits: readonly Fit[]): number[] {
  const count = truth.labels.length;
  return fits.map(({ voxel, fit }) =>
    axisAngle(
      fit.v1,
      [0, 1, 2].map((axis) => truth.v1[axis * count + voxel]!),
    ),
  );
}

describe.each(Object.entries(grids))('diffusion stored as %s', (_, grid) => {
  let scan: DwiScan;
  let files: Written;
  beforeAll(async () => {
    scan = simulateDwi(head, protocol, seededRandom(1, 'dwi'), { grid });
    files = await written(scan);
  });

  it('gives back FA, diffusivity and directions by an independent fit of its files', () => {
    const fits = fitFiles(scan, files, files.bvec, 1);
    expect(fits.length).toBeGreaterThan(3000);
    for (const bundle of [1, 2, 3, 4]) {
      const own = fits.filter(({ voxel }) => scan.truth.bundles[voxel] === bundle);
      expect(own.length).toBeGreaterThan(200);
      const errors = own.map(({ voxel, fit }) => fit.fa - scan.truth.fa[voxel]!);
      expect(Math.abs(mean(errors))).toBeLessThan(0.03);
      expect(median(errors.map(Math.abs))).toBeLessThan(0.05);
      expect(mean(own.map(({ fit }) => fit.md)) / 0.7e-3).toBeCloseTo(1, 1.3);
      // Weaker anisotropy is less sure of its direction.
      expect(median(angles(scan, own))).toBeLessThan(bundle === 4 ? 8 : 4);
    }
  });

  it.each([0, 1, 2])('shows a flipped axis %d in the directions, not in FA', (axis) => {
    const bvec = files.bvec.map((row, index) => (index === axis ? row.map((value) => -value) : row));
    const [right, flipped] = [fitFiles(scan, files), fitFiles(scan, files, bvec)];
    expect(median(angles(scan, right))).toBeLessThan(5);
    expect(mean(angles(scan, flipped))).toBeGreaterThan(3 * mean(angles(scan, right)));
    expect(mean(flipped.map(({ fit }) => fit.fa))).toBeCloseTo(mean(right.map(({ fit }) => fit.fa)), 6);
  });

  it('shows two exchanged axes', () => {
    const [x = [], y = [], z = []] = files.bvec;
    expect(mean(angles(scan, fitFiles(scan, files, [y, x, z])))).toBeGreaterThan(25);
  });

  it('is read to the same world directions by the reader of the product', async () => {
    const stem = join(temporaryFolder(), 'g');
    writeFileSync(`${stem}.bval`, scan.bval);
    writeFileSync(`${stem}.bvec`, scan.bvec);
    const { bvals, bvecs, findings } = await readGradients(`${stem}.bval`, `${stem}.bvec`);
    expect(findings).toEqual([]);
    expect(bvals).toEqual(protocol.map(({ b }) => b));
    bvecsToWorld(bvecs, grid.affine).forEach((vector, volume) => {
      vector.forEach((value, axis) => expect(value).toBeCloseTo(protocol[volume]!.direction[axis]!, 4));
    });
  });
});

describe('diffusion', () => {
  it('forgets the rotation of the slices when directions are taken as world directions', async () => {
    const scan = simulateDwi(head, protocol, seededRandom(1, 'dwi'), {
      grid: grids['turned about all axes']!,
    });
    const world = [0, 1, 2].map((axis) => protocol.map(({ direction }) => direction[axis]!));
    const wrong = fitFiles(scan, await written(scan), world);
    expect(median(angles(scan, wrong))).toBeGreaterThan(15);
  });

  it('has b=0 volumes first and in between, and shells that take turns', () => {
    const volumes = diffusionProtocol(seededRandom(1), [
      { b: 1000, directions: 12 },
      { b: 2000, directions: 20 },
    ]);
    expect(volumes.map(({ b }) => b).slice(0, 9)).toEqual([
      0, 1000, 2000, 1000, 2000, 1000, 2000, 1000, 2000,
    ]);
    expect(volumes.filter(({ b }) => b === 0)).toHaveLength(4);
    expect(volumes.filter(({ b }) => b === 2000)).toHaveLength(20);
    for (const { b, direction } of volumes) expect(Math.hypot(...direction)).toBeCloseTo(b === 0 ? 0 : 1, 12);
  });

  it('decays mono-exponentially over shells where nothing is anisotropic', () => {
    const volumes = diffusionProtocol(seededRandom(1), [
      { b: 1000, directions: 1 },
      { b: 2000, directions: 1 },
    ]);
    const { image, truth } = simulateDwi(head, volumes, seededRandom(1), {
      grid: grids['LAS (negative determinant)']!,
      snr: 1e5,
    });
    const count = truth.labels.length;
    const voxel = truth.labels.indexOf(label.grey);
    const [s0, s1, s2] = [0, 1, 2].map((volume) => image.data[volume * count + voxel]!);
    expect(Math.log(s0! / s1!) / 1000).toBeCloseTo(0.8e-3, 5);
    expect(Math.log(s0! / s2!) / 2000).toBeCloseTo(0.8e-3, 5);
  });

  it('states its phase encoding and readout as BIDS relates them', () => {
    const { sidecar, truth } = simulateDwi(head, protocol.slice(0, 2), seededRandom(1));
    expect(sidecar).toMatchObject({ PhaseEncodingDirection: 'j-', EchoTime: 0.08, RepetitionTime: 6 });
    const lines = truth.grid.shape[1];
    expect(sidecar['TotalReadoutTime']).toBeCloseTo(Number(sidecar['EffectiveEchoSpacing']) * (lines - 1), 9);
  });
});
