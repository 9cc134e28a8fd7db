import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { readNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { readVoxels } from '../../../src/imaging/voxel-stream.js';
import { hasTestData, testData } from '../../support/data.js';
import { openPythonNeuro } from '../../support/python-environment.js';
import { runSkill, succeed, type SkillInputs } from '../../support/run-skill.js';
import { runDcm2niix } from '../../unit/skills/wasm-tools.js';
import { engineForTests, lockForTests, removeFolder, temporaryFolder } from './support.js';

const runtime = hasTestData ? await engineForTests() : undefined;

function quantile(values: Iterable<number>, at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(at * (sorted.length - 1))] ?? NaN;
}

/** Six slices of a real brain, fitted by MRtrix3 in its container and by DIPY in its virtual environment. */
describe.skipIf(!runtime)('DIPY against MRtrix3', { timeout: 180_000 }, () => {
  let folder: string;
  let mrtrix3: OpenEnvironment;
  let python: OpenEnvironment | undefined;
  let image: string;
  let mask: string;
  let bvec: string;
  let bval: string;
  const read = async (path: string): Promise<Float64Array> => readVoxels(await readNiftiHeader(path));
  const inMrtrix3 = (id: string, call: SkillInputs): Promise<(output: string) => string> =>
    succeed(runSkill(mrtrix3, folder, id, call));
  const inPython = (id: string, call: SkillInputs): Promise<(output: string) => string> =>
    succeed(runSkill(python as OpenEnvironment, folder, id, call));
  const files = (): Record<string, string> => ({ dwi: image, bval, bvec, mask });

  beforeAll(async () => {
    folder = await temporaryFolder();
    python = await openPythonNeuro();
    const locked = await lockForTests(runtime!, 'mrtrix3', join(folder, 'neuroclaw.lock.json'));
    mrtrix3 = await runtime!.open({ name: 'mrtrix3', env: {} }, locked);
    const converted = await runDcm2niix(
      ['dcm2niix', '-b', 'y', '-ba', 'y', '-z', 'n', '-f', 'image', '-o', '/out', '/in/dicoms'],
      testData('dicom', 'siemens-trio-dti20'),
    );
    for (const [name, bytes] of converted.files) writeFileSync(join(folder, name), bytes);
    [bvec, bval] = [join(folder, 'image.bvec'), join(folder, 'image.bval')];
    const header = await readNiftiHeader(join(folder, 'image.nii'));
    const whole = await readVoxels(header);
    const [nx = 0, ny = 0, nz = 0, nt = 0] = header.dims;
    const [first, slices] = [30, 6];
    const slab = new Float64Array(nx * ny * slices * nt);
    for (let t = 0; t < nt; t++)
      slab.set(
        whole.subarray(nx * ny * (nz * t + first), nx * ny * (nz * t + first + slices)),
        nx * ny * slices * t,
      );
    image = join(folder, 'dwi.nii');
    mask = join(folder, 'mask.nii');
    const geometry = { affine: header.affine, repetitionTimeS: 7.6 };
    await writeNifti(image, { ...geometry, dims: [nx, ny, slices, nt], datatype: 'int16', data: slab });
    const [b0 = 0] = [bvalsOf(bval).findIndex((b) => b < 50)];
    const voxels = nx * ny * slices;
    const inside = Float64Array.from(slab.subarray(voxels * b0, voxels * (b0 + 1)), (v) => (v > 150 ? 1 : 0));
    await writeNifti(mask, { ...geometry, dims: [nx, ny, slices], datatype: 'uint8', data: inside });
  }, 600_000);
  afterAll(async () => {
    await runtime?.close();
    await removeFolder(folder);
  });
  beforeEach((context) => {
    if (python === undefined) context.skip('python-neuro cannot be made here');
  });
  const bvalsOf = (path: string): number[] => readFileSync(path, 'utf8').trim().split(/\s+/).map(Number);

  interface Maps {
    readonly fa: Float64Array;
    readonly direction: Float64Array;
  }
  async function fitted(): Promise<Maps> {
    const output = await inPython('dipy/tensor', { inputs: files() });
    return { fa: await read(output('fa')), direction: await read(output('direction')) };
  }
  /** Degrees between principal directions where FA is above 0.2, and differences of FA, inside the mask. */
  async function compare(a: Maps, b: Maps): Promise<{ angles: number[]; differences: number[] }> {
    const inside = await read(mask);
    const voxels = inside.length;
    const [angles, differences]: [number[], number[]] = [[], []];
    for (let v = 0; v < voxels; v++) {
      if (inside[v] === 0) continue;
      const [fa, fb] = [a.fa[v] ?? 0, b.fa[v] ?? 0];
      differences.push(Math.abs(fa - fb));
      if (fb <= 0.2) continue;
      const dot = [0, 1, 2].reduce(
        (s, k) => s + (a.direction[v + k * voxels] ?? 0) * (b.direction[v + k * voxels] ?? 0),
        0,
      );
      angles.push((Math.acos(Math.min(1, Math.abs(dot))) * 180) / Math.PI);
    }
    return { angles, differences };
  }
  async function byMrtrix3(): Promise<Maps> {
    const imported = await inMrtrix3('mrtrix3/mrconvert-import-dwi', { inputs: { image, bvec, bval } });
    const tensor = await inMrtrix3('mrtrix3/dwi2tensor', { inputs: { dwi: imported('dwi'), mask } });
    const metrics = await inMrtrix3('mrtrix3/tensor2metric', {
      inputs: { tensor: tensor('tensor'), mask },
      params: { modulate: 'none' },
    });
    const nifti = async (output: string): Promise<Float64Array> =>
      read(
        (await inMrtrix3('mrtrix3/mrconvert-export', { inputs: { image: metrics(output) } }))('image_nifti'),
      );
    return { fa: await nifti('fa'), direction: await nifti('direction') };
  }

  it('tensors agree: FA within 0.02 for 95 %, directions within 2 degrees; a flipped axis shows in the directions only', async () => {
    const reference = await byMrtrix3();
    const { angles, differences } = await compare(await fitted(), reference);
    expect(differences.length).toBeGreaterThan(5000);
    expect(angles.length).toBeGreaterThan(1000);
    console.info(
      `FA difference p95 ${quantile(differences, 0.95).toFixed(5)}, direction median ${quantile(angles, 0.5).toFixed(3)} degrees`,
    );
    expect(quantile(differences, 0.95)).toBeLessThan(0.02);
    expect(quantile(angles, 0.5)).toBeLessThan(2);

    const right = bvec;
    bvec = join(folder, 'flipped.bvec');
    const [x = '', ...rest] = readFileSync(right, 'utf8').trim().split('\n');
    const negated = x
      .trim()
      .split(/\s+/)
      .map((value) => String(-Number(value)));
    writeFileSync(bvec, [negated.join(' '), ...rest].join('\n') + '\n');
    const wrong = await compare(await fitted(), reference);
    bvec = right;
    expect(quantile(wrong.differences, 0.5)).toBeLessThan(0.02);
    expect(quantile(wrong.angles, 0.5)).toBeGreaterThan(15);
  });

  it('an image with a right-handed affine gives the same directions: there FSL turns x round', async () => {
    const before = await fitted();
    const header = await readNiftiHeader(image);
    const [nx = 0, ny = 0, nz = 0, nt = 0] = header.dims;
    const turn = (data: Float64Array): Float64Array =>
      data.map((_, i) => data[i - (i % nx) + (nx - 1 - (i % nx))] ?? 0);
    const [rowX, rowY, rowZ, last] = header.affine;
    const flip = (row: (typeof header.affine)[0]): (typeof header.affine)[0] => [
      -row[0],
      row[1],
      row[2],
      row[3] + row[0] * (nx - 1),
    ];
    const affine = [flip(rowX), flip(rowY), flip(rowZ), last] as const;
    const kept = [image, mask] as const;
    image = join(folder, 'mirrored.nii');
    mask = join(folder, 'mirrored-mask.nii');
    // The same place in space, the first axis stored backwards; FSL's table stays, since both reversals cancel.
    await writeNifti(image, {
      affine,
      dims: [nx, ny, nz, nt],
      datatype: 'int16',
      data: turn(await read(kept[0])),
      repetitionTimeS: 7.6,
    });
    await writeNifti(mask, {
      affine,
      dims: [nx, ny, nz],
      datatype: 'uint8',
      data: turn(await read(kept[1])),
    });
    const mirrored = await fitted();
    [image, mask] = kept;
    const back = { fa: turn(mirrored.fa), direction: turn(mirrored.direction) };
    const { angles } = await compare(back, before);
    expect(quantile(angles, 0.99)).toBeLessThan(0.1);
  });

  it('denoising, mask and peaks run on the same slices', async () => {
    const otsu = await inPython('dipy/median-otsu', { inputs: { dwi: image, bval } });
    const inside = await read(otsu('mask'));
    const own = await read(mask);
    const both = inside.reduce((n, v, i) => n + v * (own[i] ?? 0), 0);
    const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
    expect((2 * both) / (sum(inside) + sum(own))).toBeGreaterThan(0.85);
    const denoised = await inPython('dipy/mp-pca', {
      inputs: { dwi: image, mask },
      params: { patch_radius: 2 },
    });
    const noise = (await read(denoised('noise'))).filter((_, i) => own[i] === 1);
    expect(quantile(noise, 0.5)).toBeGreaterThan(1);
    const before = await fitted();
    for (const id of ['dipy/csa-peaks', 'dipy/csd-peaks']) {
      const output = await inPython(id, { inputs: files(), params: { sh_order: 4, max_peaks: 2 } });
      const direction = (await read(output('peaks'))).subarray(0, 3 * own.length);
      // In voxels with one clear fibre the first peak is the tensor's direction.
      const clear = { ...before, fa: before.fa.map((fa) => (fa > 0.6 ? fa : 0)) };
      const { angles } = await compare({ fa: clear.fa, direction }, clear);
      expect(angles.length).toBeGreaterThan(50);
      expect([id, quantile(angles, 0.5) < 12]).toEqual([id, true]);
    }
  });
});

describe.skipIf(!hasTestData)('DIPY on small crops', { timeout: 120_000 }, () => {
  it('kurtosis needs two shells; with them it is that of brain', async (context) => {
    const python = await openPythonNeuro();
    if (python === undefined) return context.skip('python-neuro cannot be made here');
    const folder = await temporaryFolder();
    const inputs = (name: string, extension: string): Record<string, string> => ({
      dwi: testData('dwi-small', `${name}.${extension}`),
      bval: testData('dwi-small', `${name}.bval`),
      bvec: testData('dwi-small', `${name}.bvec`),
    });
    const output = await succeed(
      runSkill(python, folder, 'dipy/dki', { inputs: inputs('small_101D', 'nii.gz') }),
    );
    const result = JSON.parse(readFileSync(output('result'), 'utf8')) as { median_mk: number };
    expect(result.median_mk).toBeGreaterThan(0.5);
    expect(result.median_mk).toBeLessThan(1.3);
    const refused = await runSkill(python, folder, 'dipy/dki', { inputs: inputs('small_64D', 'nii') });
    expect(refused.said).toMatch(/two shells/);
    await removeFolder(folder);
  });
});
