import { describe, expect, it } from 'vitest';
import { measureBold } from '../../../../src/environments/runtimes/embedded/measures/bold.js';
import {
  dilate,
  headMask,
  type Shape,
} from '../../../../src/environments/runtimes/embedded/measures/head-mask.js';
import { median } from '../../../../src/environments/runtimes/embedded/measures/median.js';
import { otsuThreshold } from '../../../../src/environments/runtimes/embedded/measures/otsu.js';
import { entropyFocus, measureT1w } from '../../../../src/environments/runtimes/embedded/measures/t1w.js';

/** Repeatable numbers in [0, 1) (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function gaussian(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

const shape: Shape = [40, 44, 36];

/** A ball of `signal` with a dark cavity, in complex Gaussian noise of standard deviation `sigma`: the magnitude of it. */
function ball(signal: number, sigma: number, seed = 1): { image: Float64Array; inside: Uint8Array } {
  const next = random(seed);
  const image = new Float64Array(shape[0] * shape[1] * shape[2]);
  const inside = new Uint8Array(image.length);
  for (let index = 0; index < image.length; index++) {
    const x = (index % shape[0]) - 20;
    const y = (Math.floor(index / shape[0]) % shape[1]) - 22;
    const z = Math.floor(index / (shape[0] * shape[1])) - 18;
    const radius = Math.hypot(x, y, z);
    const real = (radius < 12 && radius > 3 ? signal : 0) + sigma * gaussian(next);
    image[index] = Math.hypot(real, sigma * gaussian(next));
    inside[index] = radius < 12 ? 1 : 0;
  }
  return { image, inside };
}

describe('otsuThreshold', () => {
  it('lies between two classes', () => {
    const values = Float64Array.from([...Array<number>(500).fill(10), ...Array<number>(300).fill(90)]);
    const threshold = otsuThreshold(values) ?? NaN;
    expect(threshold).toBeGreaterThanOrEqual(10);
    expect(threshold).toBeLessThan(90);
  });

  it('is not moved by one very bright voxel', () => {
    const values = Float64Array.from([...Array<number>(5000).fill(10), ...Array<number>(3000).fill(90), 1e6]);
    expect(otsuThreshold(values)).toBeLessThan(90);
  });

  it('is unknown where all values are equal', () => {
    expect(otsuThreshold(new Float64Array(100).fill(7))).toBeUndefined();
  });
});

describe('headMask', () => {
  it('is the ball, its dark cavity filled, and nothing else', () => {
    const { image, inside } = ball(1000, 20);
    const { mask, voxels } = headMask(image, shape) ?? { mask: new Uint8Array(), voxels: 0 };
    expect(mask).toEqual(inside);
    expect(voxels).toBe(inside.reduce((sum, value) => sum + value, 0));
  });

  it('leaves out a smaller bright thing beside the head', () => {
    const { image, inside } = ball(1000, 20);
    for (const index of [0, 1, 40, 41]) image[index] = 1000;
    expect(headMask(image, shape)?.mask).toEqual(inside);
  });

  it('works on an image of one slice', () => {
    const flat: Shape = [6, 6, 1];
    const image = new Float64Array(36);
    for (const [x, y] of [
      [1, 1],
      [2, 1],
      [3, 1],
      [1, 2],
      [3, 2],
      [1, 3],
      [2, 3],
      [3, 3],
    ] as const) {
      image[x + 6 * y] = 5;
    }
    expect(headMask(image, flat)?.voxels).toBe(9);
  });
});

describe('dilate', () => {
  it('grows by one neighbour at a time and stops at the border', () => {
    const small: Shape = [3, 3, 3];
    const corner = new Uint8Array(27);
    corner[0] = 1;
    const count = (mask: Uint8Array): number => mask.reduce((sum, value) => sum + value, 0);
    expect(count(dilate(corner, small, 1))).toBe(4);
    expect(count(dilate(corner, small, 6))).toBe(27);
  });
});

describe('measureT1w', () => {
  it('finds the signal-to-noise ratio that the image was made with', () => {
    const { image } = ball(1000, 25);
    const result = measureT1w(image, shape, 0.001);
    // The median of the head includes the dark cavity: 1.6 % of its voxels.
    expect(result?.measures.snr_dietrich).toBeGreaterThan(38.5);
    expect(result?.measures.snr_dietrich).toBeLessThan(41.5);
  });

  it('halves the ratio with twice the noise', () => {
    const quiet = measureT1w(ball(1000, 20).image, shape, 0.001)?.measures.snr_dietrich ?? NaN;
    const noisy = measureT1w(ball(1000, 40).image, shape, 0.001)?.measures.snr_dietrich ?? NaN;
    expect(quiet / noisy).toBeCloseTo(2, 1);
  });

  it('gives the volume of the head in mL', () => {
    const { image, inside } = ball(1000, 20);
    const voxels = inside.reduce((sum, value) => sum + value, 0);
    expect(measureT1w(image, shape, 0.008)?.measures.head_volume_ml).toBeCloseTo(voxels * 0.008, 9);
  });

  it('says nothing about noise where the air was set to zero', () => {
    const { image, inside } = ball(1000, 20);
    const measures = measureT1w(
      image.map((value, index) => (inside[index] === 1 ? value : 0)),
      shape,
      0.001,
    )?.measures;
    expect(measures?.snr_dietrich).toBeNull();
    expect(measures?.fber).toBeNull();
  });

  it('is undefined for an image without contrast', () => {
    expect(measureT1w(new Float64Array(shape[0] * shape[1] * shape[2]).fill(3), shape, 1)).toBeUndefined();
  });
});

describe('entropyFocus', () => {
  it('is 0 for one bright voxel and 1 for a flat image', () => {
    const point = new Float64Array(1000);
    point[17] = 5;
    expect(entropyFocus(point)).toBe(0);
    expect(entropyFocus(new Float64Array(1000).fill(5))).toBeCloseTo(1, 12);
  });

  it('does not depend on the unit of the image', () => {
    const { image } = ball(1000, 20);
    expect(entropyFocus(image.map((value) => value * 37))).toBeCloseTo(entropyFocus(image), 10);
  });

  it('rises with a ghost of the image', () => {
    const { image } = ball(1000, 5);
    const ghost = image.map((value, index) => 0.8 * value + 0.2 * (image[(index + 700) % image.length] ?? 0));
    expect(entropyFocus(ghost)).toBeGreaterThan(entropyFocus(image));
  });
});

describe('measureBold', () => {
  const small: Shape = [4, 4, 1];
  const bright = [5, 6, 9, 10];
  /** Four bright voxels that go 99, 101, 99, 101, ...; the rest 0. */
  const read = async (onVolume: (volume: Float64Array, index: number) => void): Promise<void> => {
    for (let index = 0; index < 6; index++) {
      const volume = new Float64Array(16);
      for (const at of bright) volume[at] = 100 + (index % 2 === 0 ? -1 : 1);
      onVolume(volume, index);
    }
  };

  it('gives tSNR, DVARS and global mean of a series that is known', async () => {
    const measures = await measureBold(read, small, 6);
    // SD with n - 1 of three -1 and three +1: sqrt(6 / 5).
    expect(measures?.tsnr_median).toBeCloseTo(100 / Math.sqrt(6 / 5), 10);
    expect(measures?.dvars).toEqual([2, 2, 2, 2, 2]);
    expect(measures).toMatchObject({ dvars_mean: 2, global_mean: 100, mask_voxels: 4, volumes: 6 });
  });

  it('shows the one volume that moved', async () => {
    const moved = (onVolume: (volume: Float64Array, index: number) => void): Promise<void> =>
      read((volume, index) => onVolume(index === 3 ? volume.map((value) => value * 1.2) : volume, index));
    const dvars = (await measureBold(moved, small, 6))?.dvars ?? [];
    const steps = [...dvars.keys()].sort((a, b) => (dvars[b] ?? 0) - (dvars[a] ?? 0));
    expect(new Set(steps.slice(0, 2))).toEqual(new Set([2, 3]));
  });
});

describe('median', () => {
  it('is the middle value, or the mean of the two middle ones', () => {
    expect(median(Float64Array.from([3, 1, 2]))).toBe(2);
    expect(median(Float64Array.from([4, 1, 2, 3]))).toBe(2.5);
    expect(median(new Float64Array())).toBeNaN();
  });
});
