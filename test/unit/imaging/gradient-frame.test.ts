import { describe, expect, it } from 'vitest';
import { findFibreVoxels, type DiffusionSeries } from '../../../src/imaging/fibre-voxels.js';
import { describeFrame, gradientFrames, lengthsOfFrames } from '../../../src/imaging/frame-lengths.js';
import { judgeGradientFrame, worldToVoxelAxes } from '../../../src/imaging/gradient-frame.js';
import type { Vector3 } from '../../../src/imaging/gradients.js';
import { fileOrder } from '../../../src/imaging/mif-voxels.js';
import {
  eigenvalues,
  fractionalAnisotropy,
  principalDirection,
  tensorFitMatrix,
  type Tensor,
} from '../../../src/imaging/tensor-fit.js';
import { diffusionProtocol, simulateDwi } from '../../../src/synthetic/dwi.js';
import { makeHead } from '../../../src/synthetic/head-phantom.js';
import { seededRandom } from '../../../src/synthetic/random.js';

const random = seededRandom(7, 'frame');
const volumes = diffusionProtocol(random, [{ b: 1000, directions: 20 }]);
const scan = simulateDwi(makeHead(7, '01'), volumes, random);
const affine = scan.truth.grid.affine;
const directions = worldToVoxelAxes(
  volumes.map((volume) => volume.direction),
  affine,
);

function series(table: readonly Vector3[], strides: readonly number[] = [1, 2, 3, 4]): DiffusionSeries {
  const [x = 1, y = 1, z = 1, t = 1] = scan.image.dims;
  const data = Float64Array.from(scan.image.data);
  return {
    dims: [x, y, z, t],
    strides,
    stream: (onChunk) => {
      onChunk(data.subarray(0, 1000), 0);
      onChunk(data.subarray(1000), 1000);
      return Promise.resolve();
    },
    bvals: volumes.map((volume) => volume.b),
    directions: table,
  };
}

/** All values of a series, x fastest. */
async function valuesOf({ stream, dims }: DiffusionSeries): Promise<Float64Array> {
  const values = new Float64Array(dims.reduce((product, n) => product * n, 1));
  await stream((part, first) => values.set(part, first));
  return values;
}

/** The same image in a file that runs through its axes in another order, handed out in uneven parts. */
function reordered(image: DiffusionSeries, strides: readonly number[]): DiffusionSeries {
  const { dims } = image;
  const { first, steps } = fileOrder({ dims, strides });
  return {
    ...image,
    strides,
    stream: async (onChunk) => {
      const values = await valuesOf(image);
      const file = new Float64Array(values.length);
      const at = [0, 0, 0, 0];
      for (const value of values) {
        file[at.reduce((sum, index, axis) => sum + index * (steps[axis] ?? 0), first)] = value;
        for (let axis = 0; axis < 4; axis++) {
          at[axis] = (at[axis] ?? 0) + 1;
          if ((at[axis] ?? 0) < (dims[axis] ?? 0)) break;
          at[axis] = 0;
        }
      }
      for (let from = 0; from < file.length; from += 1237)
        onChunk(file.subarray(from, Math.min(file.length, from + 1237)), from);
    },
  };
}

/** An image put upon itself several times along z: more slices than are looked at. */
function stacked(image: DiffusionSeries, times: number): DiffusionSeries {
  const [x, y, z, volumes] = image.dims;
  return {
    ...image,
    dims: [x, y, z * times, volumes],
    stream: async (onChunk) => {
      const values = await valuesOf(image);
      const size = x * y * z;
      for (let volume = 0; volume < volumes; volume++)
        for (let time = 0; time < times; time++)
          onChunk(values.subarray(volume * size, (volume + 1) * size), size * (volume * times + time));
    },
  };
}

describe('the fit of tensors', () => {
  it('gives back the tensor and S0 that a signal was made of', () => {
    const tensor: Tensor = [1.2e-3, 0.5e-3, 0.4e-3, 0.2e-3, -0.1e-3, 0.15e-3];
    const bvals = volumes.map((volume) => volume.b);
    const matrix = tensorFitMatrix(bvals, directions) ?? [];
    const logs = directions.map(([x, y, z], volume) => {
      const [xx, yy, zz, xy, xz, yz] = tensor;
      const along = xx * x * x + yy * y * y + zz * z * z + 2 * (xy * x * y + xz * x * z + yz * y * z);
      return Math.log(700) - (bvals[volume] ?? 0) * along;
    });
    const fit = matrix.map((row) =>
      row.reduce((sum, factor, volume) => sum + factor * (logs[volume] ?? 0), 0),
    );
    tensor.forEach((value, element) => expect(fit[element]).toBeCloseTo(value, 10));
    expect(Math.exp(fit[6] ?? 0)).toBeCloseTo(700, 6);
  });

  it('is refused with five directions, one shell without b=0, or all directions in a plane', () => {
    const five = directions.slice(0, 6);
    expect(tensorFitMatrix([0, 1000, 1000, 1000, 1000, 1000], five)).toBeUndefined();
    const weighted = directions.filter((_, volume) => (volumes[volume]?.b ?? 0) > 0);
    expect(weighted.length).toBe(20);
    expect(tensorFitMatrix(new Array<number>(20).fill(1000), weighted)).toBeUndefined();
    const flat = directions.map(([x, y]): Vector3 => [x, y, 0]);
    expect(
      tensorFitMatrix(
        volumes.map((volume) => volume.b),
        flat,
      ),
    ).toBeUndefined();
  });

  it('has the eigenvalues, FA and direction of known tensors', () => {
    expect(eigenvalues([3, 2, 1, 0, 0, 0])).toEqual([3, 2, 1].map((v) => expect.closeTo(v, 10) as number));
    expect(eigenvalues([2, 2, 2, 0, 0, 0])).toEqual([2, 2, 2]);
    // 1.7, 0.3, 0.3 turned by 45 degrees in the xy plane.
    const turned: Tensor = [1, 1, 0.3, 0.7, 0, 0];
    const values = eigenvalues(turned);
    expect(values).toEqual([1.7, 0.3, 0.3].map((v) => expect.closeTo(v, 7) as number));
    expect(fractionalAnisotropy(values)).toBeCloseTo(0.799, 3);
    const [x, y, z] = principalDirection(turned, values[0]) ?? [0, 0, 0];
    expect([Math.abs(x), x * y, z]).toEqual(
      [Math.SQRT1_2, 0.5, 0].map((v) => expect.closeTo(v, 7) as number),
    );
    expect(principalDirection([2, 2, 2, 0, 0, 0], 2)).toBeUndefined();
  });
});

describe('the frame of gradients', () => {
  it('has 24 ways, each once', () => {
    expect(new Set(gradientFrames.map(describeFrame)).size).toBe(24);
    expect(describeFrame(gradientFrames[0] as (typeof gradientFrames)[0])).toBe('as it is');
  });

  it('is right for the gradients of the scan', async () => {
    const verdict = await judgeGradientFrame(series(directions), affine);
    expect(verdict).toMatchObject({ verdict: 'right' });
    expect(verdict?.fibreVoxels).toBeGreaterThan(1000);
  });

  it.each<[string, (v: Vector3) => Vector3, string]>([
    ['x negated', ([x, y, z]) => [-x, y, z], 'x negated'],
    ['y negated', ([x, y, z]) => [x, -y, z], 'y negated'],
    ['z negated', ([x, y, z]) => [x, y, -z], 'z negated'],
    ['two axes negated, which is the third', ([x, y, z]) => [-x, -y, z], 'z negated'],
    ['x and y swapped', ([x, y, z]) => [y, x, z], 'axes in the order yxz'],
    ['the axes turned round', ([x, y, z]) => [y, z, x], 'axes in the order zxy'],
    ['y and z swapped and one negated', ([x, y, z]) => [x, z, -y], 'axes in the order xzy, then y negated'],
  ])('is wrong with %s, and says what would be right', async (_what, spoil, right) => {
    const verdict = await judgeGradientFrame(series(directions.map(spoil)), affine);
    expect(verdict).toMatchObject({ verdict: 'wrong', otherFrame: right });
  });

  it('is the same with all signs turned: directions have none', async () => {
    const turned = directions.map(([x, y, z]): Vector3 => [-x, -y, -z]);
    expect(await judgeGradientFrame(series(turned), affine)).toMatchObject({ verdict: 'right' });
  });

  it('is undecided where few voxels have a direction, or a mask leaves none', async () => {
    const verdict = await judgeGradientFrame(series(directions), affine, (voxel) => voxel % 40 === 0);
    expect(verdict).toMatchObject({ verdict: 'undecided' });
    const none = await judgeGradientFrame(series(directions), affine, () => false);
    expect(none).toMatchObject({ verdict: 'undecided', fibreVoxels: 0, ownMm: 0 });
  });

  it('is found in files with axes in another order, too', async () => {
    // The same numbers taken for a file that runs against x: the image is mirrored, so the table must be.
    const mirrored = directions.map(([x, y, z]): Vector3 => [-x, y, z]);
    const strides = [-1, 2, 3, 4];
    expect(await judgeGradientFrame(series(mirrored, strides), affine)).toMatchObject({ verdict: 'right' });
    expect(await judgeGradientFrame(series(directions, strides), affine)).toMatchObject({
      verdict: 'wrong',
      otherFrame: 'x negated',
    });
  });

  it('finds the same voxels and directions whatever the order of the file', async () => {
    const expected = await findFibreVoxels(series(directions));
    for (const strides of [
      [2, 3, 4, 1],
      [-1, -2, 3, 4],
      [3, 2, -1, 4],
      [-4, 3, 1, -2],
      [2, -3, -4, -1],
    ]) {
      const found = await findFibreVoxels(reordered(series(directions), strides));
      expect(found?.index).toEqual(expected?.index);
      // Sums of logarithms in another order differ in their last digits.
      found?.direction.forEach((value, at) => expect(value).toBeCloseTo(expected?.direction[at] ?? NaN, 4));
    }
  });

  it('looks at the same middle slices of a tall image whatever the order of the file', async () => {
    const tall = stacked(series(directions), 40);
    const expected = await findFibreVoxels(tall);
    const slices = expected?.index.map((voxel) => Math.floor(voxel / (tall.dims[0] * tall.dims[1]))) ?? [];
    expect(Math.min(...slices)).toBeGreaterThan(0);
    for (const strides of [
      [3, 2, 1, 4],
      [2, 3, -1, 4],
      [2, 3, -4, 1],
    ])
      expect((await findFibreVoxels(reordered(tall, strides)))?.index).toEqual(expected?.index);
  });

  it('follows fibres: a row of ten voxels along x, in steps of half a voxel from every centre', () => {
    const row = { shape: [10, 1, 1] as const, index: Int32Array.from({ length: 10 }, (_, i) => i) };
    const fa = new Float32Array(10).fill(0.7);
    // Signs mean nothing: every other direction is turned round.
    const direction = Float32Array.from({ length: 30 }, (_, at) => (at % 3 === 0 ? (-1) ** (at / 3) : 0));
    const frames = lengthsOfFrames({ ...row, fa, direction }, [2, 2, 2]);
    const mean = (name: string): number | undefined =>
      frames.find(({ frame }) => describeFrame(frame) === name)?.mean;
    // Steps of 1 mm along a row of 20 mm: the edge at 0 belongs to it, that at 20 does not.
    expect(mean('as it is')).toBeCloseTo(19);
    expect(mean('x negated')).toBeCloseTo(19);
    expect(mean('axes in the order yxz')).toBeCloseTo(1);
  });

  it('stops a fibre where it would turn by more than 60 degrees', () => {
    const pair = { shape: [2, 1, 1] as const, index: Int32Array.of(0, 1), fa: Float32Array.of(0.7, 0.7) };
    const mean = (degrees: number): number | undefined => {
      const angle = (degrees * Math.PI) / 180;
      const direction = Float32Array.of(1, 0, 0, Math.cos(angle), Math.sin(angle), 0);
      return lengthsOfFrames({ ...pair, direction }, [2, 2, 2])[0]?.mean;
    };
    expect(mean(59)).toBeGreaterThan(mean(61) ?? Infinity);
  });
});
