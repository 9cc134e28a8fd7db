import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/kernel/json.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { resolveCall } from '../../../src/skills/resolve.js';
import type { Skill } from '../../../src/skills/skill.js';
import { hasTestData, projectFolder, testData } from '../../support/data.js';
import {
  deviation,
  largestDifference,
  mean,
  readVolumes,
  series,
  writeVolumes,
  type Volumes,
} from './volumes.js';
import { runNiimath, type ToolRun } from './wasm-tools.js';

const { skills } = await loadSkills([join(projectFolder, 'skills')]);

function skillOf(id: string): Skill {
  const skill = skills.get(id);
  if (!skill) throw new Error(`no skill ${id}`);
  return skill;
}

/** Resolves a call and runs niimath on it for real. */
async function call(
  id: string,
  inputs: Readonly<Record<string, Buffer>>,
  params: JsonObject = {},
): Promise<ToolRun> {
  const bytes: Record<string, Buffer> = {};
  const roles: Record<string, string> = {};
  for (const [role, data] of Object.entries(inputs)) {
    roles[role] = `/in/${role}/a file.nii${data[0] === 0x1f ? '.gz' : ''}`;
    bytes[roles[role]] = data;
  }
  const { argv, findings } = resolveCall(skillOf(id), { params, inputs: roles });
  expect(findings).toEqual([]);
  return runNiimath(argv, bytes);
}

/** The one output of a call that must succeed. */
async function output(
  id: string,
  inputs: Readonly<Record<string, Buffer>>,
  params: JsonObject = {},
): Promise<Volumes> {
  const run = await call(id, inputs, params);
  expect([run.status, run.printed.includes('rror')]).toEqual([0, false]);
  const [file] = run.files.values();
  if (!file) throw new Error(run.printed);
  return readVolumes(file);
}

const float32 = 16;

describe.skipIf(!hasTestData)('on a real int16 time series', () => {
  const bold = readFileSync(
    testData('bids', 'haxby-slice', 'sub-1', 'func', 'sub-1_task-objectviewing_run-01_bold.nii.gz'),
  );
  const original = readVolumes(bold);
  const each = (make: (values: number[]) => number): number[] =>
    Array.from({ length: original.voxels }, (_, voxel) => make(series(original, voxel)));

  it('the input is int16, so that float32 results are not an accident', () => {
    expect([original.datatype, original.shape]).toEqual([4, [40, 20, 1, 121]]);
  });

  it('temporal-mean is the mean', async () => {
    const result = await output('niimath/temporal-mean', { image: bold });
    expect([result.datatype, result.voxels, result.volumes]).toEqual([float32, 800, 1]);
    expect(largestDifference(result.data, each(mean))).toBeLessThan(1e-3);
  });

  it('temporal-std is the standard deviation with n - 1', async () => {
    const result = await output('niimath/temporal-std', { image: bold });
    expect(result.datatype).toBe(float32);
    expect(largestDifference(result.data, each(deviation))).toBeLessThan(1e-4);
  });

  it('tsnr is mean over standard deviation, and 0 where nothing varies', async () => {
    const result = await output('niimath/tsnr', { image: bold });
    const expected = each((values) => (deviation(values) === 0 ? 0 : mean(values) / deviation(values)));
    expect(expected.filter((value) => value === 0).length).toBeGreaterThan(100);
    expect(result.volumes).toBe(1);
    expect(largestDifference(result.data, expected)).toBeLessThan(1e-3);
  });

  it('detrend leaves the residual of a least-squares line', async () => {
    const result = await output('niimath/detrend', { image: bold });
    expect([result.datatype, result.shape]).toEqual([float32, original.shape]);
    const centre = (original.volumes - 1) / 2;
    const squares = Array.from({ length: original.volumes }, (_, t) => (t - centre) ** 2).reduce(
      (a, b) => a + b,
    );
    const expected = new Float64Array(original.data.length);
    for (let voxel = 0; voxel < original.voxels; voxel++) {
      const values = series(original, voxel);
      const level = mean(values);
      const slope = values.reduce((sum, value, t) => sum + (t - centre) * (value - level), 0) / squares;
      values.forEach((value, t) => {
        expected[voxel + t * original.voxels] = value - level - slope * (t - centre);
      });
    }
    expect(largestDifference(result.data, expected)).toBeLessThan(1e-3);
  });

  it('maths gives the mean back to a detrended series', async () => {
    const detrended = (await call('niimath/detrend', { image: bold })).files.get('image.nii.gz');
    const average = (await call('niimath/temporal-mean', { image: bold })).files.get('image.nii.gz');
    if (!detrended || !average) throw new Error('no output');
    const result = await output(
      'niimath/maths',
      { image: detrended, operand: average },
      { operation: 'add' },
    );
    expect(result.shape).toEqual(original.shape);
    const levels = Array.from({ length: result.voxels }, (_, voxel) => mean(series(result, voxel)));
    expect(largestDifference(levels, each(mean))).toBeLessThan(1e-2);
  });

  it('apply-mask keeps what is inside and zeroes the rest', async () => {
    const inside = Array.from({ length: 800 }, (_, voxel) => (voxel % 3 === 0 ? 1 : 0));
    const mask = writeVolumes([40, 20, 1], original.pixdim.slice(0, 3), inside);
    const result = await output('niimath/apply-mask', { image: bold, mask });
    const expected = original.data.map((value, index) => value * (inside[index % 800] ?? 0));
    expect(largestDifference(result.data, expected)).toBe(0);
  });

  it('the same call gives the same bytes', async () => {
    const [first, second] = [
      await call('niimath/detrend', { image: bold }),
      await call('niimath/detrend', { image: bold }),
    ];
    expect(first.files.get('image.nii.gz')?.equals(second.files.get('image.nii.gz') ?? Buffer.alloc(0))).toBe(
      true,
    );
  });
});

describe('bandpass', () => {
  const TR = 2;
  const volumes = 300;
  /** Four voxels: a level of 1000 plus a sine of amplitude 10 at 0.005, 0.03, 0.2 Hz, and the level alone. */
  const frequencies = [0.005, 0.03, 0.2, 0];
  const data = Array.from({ length: volumes }, (_, t) =>
    frequencies.map((f) => 1000 + 10 * Math.sin(2 * Math.PI * f * t * TR)),
  ).flat();
  const image = writeVolumes([4, 1, 1, volumes], [2, 2, 2, TR], data);
  /** 1 / (2 TR f): 0.01 Hz and 0.1 Hz. */
  const [highpass_sigma, lowpass_sigma] = [1 / (2 * TR * 0.01), 1 / (2 * TR * 0.1)];
  const amplitude = (values: readonly number[]): number => deviation(values.slice(100, -100)) * Math.SQRT2;

  /** Amplitude that is left of a sine of 1: Gaussian low-pass, and what a Gaussian-weighted line does not follow. */
  const lowPass = (f: number): number => Math.exp(-2 * (Math.PI * lowpass_sigma * TR * f) ** 2);
  const highPass = (f: number): number => 1 - Math.exp(-2 * (Math.PI * highpass_sigma * TR * f) ** 2);

  it('has the frequency response of its two Gaussians and removes the mean', async () => {
    const result = await output('niimath/bandpass', { image }, { highpass_sigma, lowpass_sigma });
    expect(result.datatype).toBe(float32);
    const left = frequencies.map((_, voxel) => amplitude(series(result, voxel)));
    frequencies.forEach((f, voxel) => {
      expect(Math.abs((left[voxel] ?? NaN) - 10 * lowPass(f) * highPass(f))).toBeLessThan(0.1);
    });
    expect(Math.abs(mean(series(result, 3)))).toBeLessThan(1e-3);
  });

  it('without the high-pass keeps the mean, without the low-pass keeps what is fast', async () => {
    const low = await output('niimath/bandpass', { image }, { highpass_sigma: -1, lowpass_sigma });
    expect(mean(series(low, 1))).toBeCloseTo(1000, 0);
    expect(amplitude(series(low, 0))).toBeCloseTo(10 * lowPass(0.005), 0);
    const high = await output('niimath/bandpass', { image }, { highpass_sigma });
    expect(amplitude(series(high, 2))).toBeGreaterThan(9.9);
    expect(Math.abs(mean(series(high, 2)))).toBeLessThan(1e-3);
  });

  it('follows the Gaussian-weighted running line of FSL at every volume', async () => {
    const result = await output('niimath/bandpass', { image }, { highpass_sigma });
    const values = series(readVolumes(image), 1);
    const reach = Math.ceil(3 * highpass_sigma);
    const filtered = values.map((value, t) => {
      // Weighted least squares for value = a + b (k - t); the filter removes a, the line at t.
      let [w0, w1, w2, y0, y1] = [0, 0, 0, 0, 0];
      for (let k = Math.max(0, t - reach); k <= Math.min(volumes - 1, t + reach); k++) {
        const weight = Math.exp(-((k - t) ** 2) / (2 * highpass_sigma ** 2));
        const y = values[k] ?? NaN;
        w0 += weight;
        w1 += weight * (k - t);
        w2 += weight * (k - t) ** 2;
        y0 += weight * y;
        y1 += weight * (k - t) * y;
      }
      return value - (w2 * y0 - w1 * y1) / (w0 * w2 - w1 * w1);
    });
    const level = mean(filtered);
    expect(
      largestDifference(
        series(result, 1),
        filtered.map((value) => value - level),
      ),
    ).toBeLessThan(1e-3);
  });
});

describe('smooth', () => {
  const shape = [41, 41, 31] as const;
  const pixdim = [2, 2, 3] as const;

  it('turns a point into a Gaussian of sigma mm along each axis, whatever the voxel size', async () => {
    const data = new Float64Array(shape[0] * shape[1] * shape[2]);
    data[20 + shape[0] * (20 + shape[1] * 15)] = 1000;
    const result = await output(
      'niimath/smooth',
      { image: writeVolumes(shape, pixdim, data) },
      { sigma_mm: 4 },
    );
    const moments = [0, 0, 0];
    let total = 0;
    result.data.forEach((value, index) => {
      const position = [index % 41, Math.floor(index / 41) % 41, Math.floor(index / (41 * 41))];
      [20, 20, 15].forEach((centre, axis) => {
        moments[axis] =
          (moments[axis] ?? 0) + value * (((position[axis] ?? 0) - centre) * (pixdim[axis] ?? 1)) ** 2;
      });
      total += value;
    });
    expect(total).toBeCloseTo(1000, 1);
    for (const moment of moments) expect(Math.sqrt(moment / total)).toBeCloseTo(4, 1);
  });

  it('leaves a constant image as it is, up to the edge', async () => {
    const data = new Float64Array(shape[0] * shape[1] * shape[2]).fill(7);
    const result = await output(
      'niimath/smooth',
      { image: writeVolumes(shape, pixdim, data) },
      { sigma_mm: 5 },
    );
    expect(largestDifference(result.data, data)).toBeLessThan(1e-4);
  });
});

describe('threshold', () => {
  const image = writeVolumes([6, 1, 1], [1, 1, 1], [-2, 0, 1, 2, 3, 4]);

  it.each<[JsonObject, number[]]>([
    [{ lower: 2 }, [0, 0, 0, 2, 3, 4]],
    [{ upper: 2 }, [-2, 0, 1, 2, 0, 0]],
    [{ lower: 1, upper: 3 }, [0, 0, 1, 2, 3, 0]],
    [{ lower: 2, binarize: true }, [0, 0, 0, 1, 1, 1]],
    [{ binarize: true }, [0, 0, 1, 1, 1, 1]],
  ])('%j', async (params, expected) => {
    expect([...(await output('niimath/threshold', { image }, params)).data]).toEqual(expected);
  });

  it('asks for something to do', () => {
    const { findings } = resolveCall(skillOf('niimath/threshold'), {
      params: {},
      inputs: { image: '/in/image/x.nii' },
    });
    expect(findings).toMatchObject([{ expected: 'at least one of lower, upper, binarize' }]);
  });
});

describe('maths', () => {
  const image = writeVolumes([2, 1, 1, 2], [1, 1, 1, 1], [1, 2, 3, 4]);
  const operand = writeVolumes([2, 1, 1], [1, 1, 1], [2, 0]);

  it.each([
    ['add', [3, 2, 5, 4]],
    ['sub', [-1, 2, 1, 4]],
    ['mul', [2, 0, 6, 0]],
    ['div', [0.5, 0, 1.5, 0]],
  ])('%s uses a 3D image for every volume; division by 0 gives 0', async (operation, expected) => {
    expect([...(await output('niimath/maths', { image, operand }, { operation })).data]).toEqual(expected);
  });

  it('refuses images of different matrices', async () => {
    const other = writeVolumes([3, 1, 1], [1, 1, 1], [1, 1, 1]);
    const run = await call('niimath/maths', { image, operand: other }, { operation: 'add' });
    expect(run.status).not.toBe(0);
    expect(run.files.size).toBe(0);
  });
});

describe('mistakes that niimath passes in silence are caught by the contracts', () => {
  it('a mask of another voxel size is applied without a word, so the mask grid is checked', async () => {
    const image = writeVolumes([2, 1, 1], [1, 1, 1], [5, 6]);
    const mask = writeVolumes([2, 1, 1], [3, 3, 3], [1, 0]);
    const run = await call('niimath/apply-mask', { image, mask });
    expect(run.status).toBe(0);
    expect(skillOf('niimath/apply-mask').contract.outputs['masked']?.checks).toContainEqual({
      check: 'nifti.same-grid',
      args: { input: 'mask' },
    });
  });

  it.each(['niimath/temporal-std', 'niimath/temporal-mean', 'niimath/bandpass', 'niimath/tsnr'])(
    '%s takes a 3D image without an error, so four dimensions are asked for',
    async (id) => {
      const image = writeVolumes([2, 1, 1], [1, 1, 1], [5, 6]);
      const run = await call(id, { image }, id === 'niimath/bandpass' ? { highpass_sigma: 20 } : {});
      expect(run.status).toBe(0);
      expect(skillOf(id).contract.inputs['image']?.dimensions).toBe(4);
    },
  );
});

describe.skipIf(!hasTestData)('head-mask on a real head', () => {
  const head = readFileSync(testData('bids', 'adult-t1w', 'sub-01', 'anat', 'sub-01_T1w.nii.gz'));

  it('is a uint8 mask of plausible volume that holds the whole brain and no corner', async () => {
    const mask = await output('niimath/head-mask', { image: head });
    expect([mask.datatype, new Set(mask.data)]).toEqual([2, new Set([0, 1])]);
    const [dx = 0, dy = 0, dz = 0] = mask.pixdim;
    const inside = mask.data.reduce((sum, value) => sum + value, 0);
    const millilitres = (inside * dx * dy * dz) / 1000;
    expect(millilitres).toBeGreaterThan(3000);
    expect(millilitres).toBeLessThan(5000);

    const brain = readVolumes(
      readFileSync(
        testData(
          'bids',
          'adult-t1w',
          'derivatives',
          'freesurfer-labels',
          'sub-01',
          'anat',
          'sub-01_desc-brain_mask.nii.gz',
        ),
      ),
    );
    let [covered, all] = [0, 0];
    const [nx = 0, ny = 0] = brain.shape;
    brain.data.forEach((value, index) => {
      if (value === 0) return;
      all += 1;
      const voxel = [index % nx, Math.floor(index / nx) % ny, Math.floor(index / (nx * ny)), 1];
      covered += at(mask, world(brain, voxel));
    });
    expect(all).toBeGreaterThan(10_000);
    expect(covered / all).toBeGreaterThan(0.98);
    const [mx = 0, my = 0, mz = 0] = mask.shape;
    for (const corner of [0, mx - 1, mx * (my - 1), mx * my * (mz - 1)]) expect(mask.data[corner]).toBe(0);
  });
});

/** Millimetres of a voxel. */
function world(image: Volumes, voxel: readonly number[]): number[] {
  return image.affine.map((row) => row.reduce((sum, value, axis) => sum + value * (voxel[axis] ?? 0), 0));
}

/** The voxel nearest to a position in mm, for an affine without shear between axes of equal length. */
function at(image: Volumes, position: readonly number[]): number {
  const index = [0, 1, 2].map((axis) => {
    const column = image.affine.map((row) => row[axis] ?? 0);
    const length = column.reduce((sum, value) => sum + value * value, 0);
    const offset = position.map((value, row) => value - (image.affine[row]?.[3] ?? 0));
    return Math.round(offset.reduce((sum, value, row) => sum + value * (column[row] ?? 0), 0) / length);
  });
  const [x = 0, y = 0, z = 0] = index;
  const [nx = 0, ny = 0] = image.shape;
  return image.data[x + nx * (y + ny * z)] ?? 0;
}
