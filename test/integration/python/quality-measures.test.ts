import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { createRuntimes, type RuntimeSet } from '../../../src/environments/runtime-set.js';
import { gridOf, readNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { readVoxels } from '../../../src/imaging/voxel-stream.js';
import { hasTestData, projectFolder, testData } from '../../support/data.js';
import { makeCall } from '../../support/make-call.js';
import { openPythonNeuro } from '../../support/python-environment.js';
import { runSkill, succeed } from '../../support/run-skill.js';
import { productEnvironment } from '../environments/support.js';

const python: OpenEnvironment | undefined = hasTestData ? await openPythonNeuro() : undefined;
const anat = testData('bids', 'adult-t1w', 'sub-01', 'anat', 'sub-01_T1w.nii.gz');
const brain = testData(
  'bids',
  'adult-t1w',
  'derivatives',
  'freesurfer-labels',
  'sub-01',
  'anat',
  'sub-01_desc-brain_mask.nii.gz',
);

type Numbers = Readonly<Record<string, number>>;

describe.skipIf(python === undefined)('measures against numpy, from the published formulas', () => {
  const folder = mkdtempSync(join(tmpdir(), 'neuroclaw measures '));
  let runtimes: RuntimeSet;
  let quality: OpenEnvironment;
  let labels = '';

  beforeAll(async () => {
    runtimes = createRuntimes({ allowHost: false, workers: 1 });
    quality = await runtimes.open(await productEnvironment('neuroclaw-quality'));
    labels = await byNumpy('prepare', [anat, brain], 'labels.nii.gz');
  });
  afterAll(async () => {
    await runtimes.close();
    rmSync(folder, { recursive: true });
  });

  async function byNumpy(what: string, paths: readonly string[], out: string): Promise<string> {
    const script = join(projectFolder, 'test', 'integration', 'python', 'quality_measures.py');
    const inputs = [script, ...paths].map((hostPath, at) => ({
      hostPath,
      toolPath: `in/f${at}/${basename(hostPath)}`,
    }));
    const [main, ...rest] = inputs.map(({ toolPath }) => `/${toolPath}`);
    const argv = ['python3', main ?? '', what, ...rest, `/out/${out}`];
    const call = await makeCall(folder, { argv, inputs, memoryMb: 3000 });
    const exit = await python!.run(call, new AbortController().signal);
    expect([exit.exitCode, exit.exitCode === 0 ? '' : readFileSync(call.stderr, 'utf8')]).toEqual([0, '']);
    return join(call.folder, 'out', out);
  }
  const json = (path: string): Numbers => JSON.parse(readFileSync(path, 'utf8')) as Numbers;

  async function imageOf(path: string, change: (values: Float64Array) => ArrayLike<number>): Promise<string> {
    const header = await readNiftiHeader(path);
    const out = join(folder, `changed-${Math.random().toString(36).slice(2)}.nii`);
    const { shape, affine } = gridOf(header);
    await writeNifti(out, {
      dims: shape,
      affine,
      datatype: 'float32',
      data: change(await readVoxels(header)),
    });
    return out;
  }

  async function anatomical(image: string, compare = true): Promise<{ own: Numbers; other: Numbers }> {
    const bias = await imageOf(image, (values) => values.map((_, at) => 1 + 0.2 * Math.sin(at / 5000)));
    const made = await succeed(
      runSkill(quality, folder, 'quality/measures-anatomical', {
        inputs: { image, segmentation: labels, bias_field: bias },
      }),
    );
    const own = json(made('measures'));
    if (!compare) return { own, other: {} };
    return { own, other: json(await byNumpy('anatomical', [image, labels, bias], 'other.json')) };
  }

  it('SNR, CNR, CJV, WM2MAX, EFC, FBER, QI1, INU and volumes of a T1w image', async () => {
    const { own, other } = await anatomical(anat);
    for (const [name, value] of Object.entries(other))
      expect([name, Number(own[name]?.toPrecision(5))]).toEqual([name, Number(value.toPrecision(5))]);
  });

  it('see what is wrong with an image: noise, a ghost beside the head, shading', async () => {
    const before = (await anatomical(anat, false)).own;
    const header = await readNiftiHeader(anat);
    const [nx = 1, ny = 1] = header.dims;
    // A bright block of 8 x 8 x 8 voxels in a corner: the shape of a ghost, and neither head nor noise.
    const ghost = await imageOf(anat, (values) =>
      values.map((value, at) => {
        const [x, y, z] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
        return x < 8 && y < 8 && z < 8 ? value + 0.4 * (before['snrd_wm'] ?? 0) * 10 : value;
      }),
    );
    const ghosted = await anatomical(ghost);
    expect(ghosted.own['qi1']).toBeGreaterThan((before['qi1'] ?? 1) + 1e-4);
    expect(ghosted.own['qi1']).toBeCloseTo(ghosted.other['qi1'] ?? NaN, 9);
    const shaded = await imageOf(anat, (values) => values.map((value, at) => value * (0.5 + (at % nx) / nx)));
    expect((await anatomical(shaded, false)).own['cjv']).toBeGreaterThan(1.1 * (before['cjv'] ?? NaN));
    let state = 1;
    const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5;
    const spread = (await readVoxels(header)).reduce((top, value) => Math.max(top, value), 0) / 5;
    const noisy = await imageOf(anat, (values) => values.map((value) => Math.abs(value + spread * random())));
    const worse = (await anatomical(noisy, false)).own;
    for (const name of ['snr_wm', 'snrd_wm', 'cnr', 'fber'])
      expect([name, (worse[name] ?? NaN) < (before[name] ?? NaN)]).toEqual([name, true]);
  });

  it('says nothing of the air where there is none', async () => {
    const mask = await readVoxels(await readNiftiHeader(labels));
    const stripped = await imageOf(anat, (values) =>
      values.map((value, at) => ((mask[at] ?? 0) > 0 ? value : 0)),
    );
    const made = await succeed(
      runSkill(quality, folder, 'quality/measures-anatomical', {
        inputs: { image: stripped, segmentation: labels },
      }),
    );
    expect(json(made('measures'))).toMatchObject({ cnr: null, fber: null, qi1: null, snrd_wm: null });
  });

  it('refuses a segmentation on another grid, and labels that are not tissues', async () => {
    const header = await readNiftiHeader(labels);
    const { shape, affine } = gridOf(header);
    const moved = join(folder, 'moved.nii');
    const [x, y, z] = affine;
    await writeNifti(moved, {
      dims: shape,
      affine: [[x[0], x[1], x[2], x[3] + 5], y, z, [0, 0, 0, 1]],
      datatype: 'uint8',
      data: await readVoxels(header),
    });
    const apart = await runSkill(quality, folder, 'quality/measures-anatomical', {
      inputs: { image: anat, segmentation: moved },
    });
    expect([apart.exit.exitCode, apart.said]).toEqual([2, expect.stringMatching(/do not lie on one grid/)]);
    const swapped = await imageOf(labels, (values) => values.map((value) => (value === 2 ? 0 : value)));
    const run = await runSkill(quality, folder, 'quality/measures-anatomical', {
      inputs: { image: anat, segmentation: swapped },
    });
    expect(
      run.checks
        .flatMap(({ findings }) => findings)
        .map(({ message }) => message)
        .join(),
    ).toMatch(/snr_gm|gm_ml/);
  });

  describe('of a diffusion series', () => {
    const dims = [24, 24, 6] as const;
    const size = dims[0] * dims[1] * dims[2];
    const bvals = [0, 0, 0, ...new Array<number>(20).fill(1000)];

    /** A ball of signal with noise; volume 7 and 12 lose half of it in slices 2 and 4. */
    async function series(
      lost: readonly (readonly [number, number])[],
    ): Promise<{ mif: string; nifti: string; mask: string }> {
      let state = 7;
      const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5;
      const inside = (at: number): boolean => Math.hypot((at % 24) - 12, (Math.floor(at / 24) % 24) - 12) < 9;
      const data = new Float64Array(size * bvals.length);
      for (let volume = 0; volume < bvals.length; volume++)
        for (let at = 0; at < size; at++) {
          const slice = Math.floor(at / (24 * 24));
          const gone = lost.some(([v, z]) => v === volume && z === slice) ? 0.5 : 1;
          const signal = inside(at) ? (bvals[volume] === 0 ? 1000 : 500) * gone : 0;
          data[volume * size + at] = signal + 40 * random();
        }
      const affine = [
        [2, 0, 0, 0],
        [0, 2, 0, 0],
        [0, 0, 2, 0],
        [0, 0, 0, 1],
      ] as const;
      const name = `series-${lost.length}`;
      const [nifti, mask, mif] = ['.nii', '-mask.nii', '.mif'].map((end) =>
        join(folder, `${name}${end}`),
      ) as [string, string, string];
      const stored = Float32Array.from(data);
      await writeNifti(nifti, {
        dims: [...dims, bvals.length],
        affine,
        datatype: 'float32',
        data: stored,
        repetitionTimeS: 5,
      });
      await writeNifti(mask, {
        dims,
        affine,
        datatype: 'uint8',
        data: Array.from({ length: size }, (_, at) => (inside(at) ? 1 : 0)),
      });
      const scheme = bvals.map(
        (b, at) => `dw_scheme: ${at % 3 === 0 ? 1 : 0},${at % 3 === 1 ? 1 : 0},${at % 3 === 2 ? 1 : 0},${b}`,
      );
      const lines = [
        'mrtrix image',
        `dim: ${[...dims, bvals.length].join(',')}`,
        'vox: 2,2,2,5',
        'layout: +0,+1,+2,+3',
        'datatype: Float32LE',
        'transform: 1,0,0,0',
        'transform: 0,1,0,0',
        'transform: 0,0,1,0',
        ...scheme,
      ];
      const head = `${lines.join('\n')}\nfile: . 4096\nEND\n`;
      const bytes = Buffer.alloc(4096 + stored.byteLength);
      bytes.write(head, 'latin1');
      Buffer.from(stored.buffer).copy(bytes, 4096);
      writeFileSync(mif, bytes);
      return { mif, nifti, mask };
    }

    it('SNR at b=0, and the slices that lost their signal, where they were planted', async () => {
      const bval = join(folder, 'series.bval');
      writeFileSync(bval, `${bvals.join(' ')}\n`);
      const lost = [
        [7, 2],
        [12, 2],
        [12, 4],
      ] as const;
      for (const planted of [[], lost]) {
        const { mif, nifti, mask } = await series(planted);
        const made = await succeed(
          runSkill(quality, folder, 'quality/measures-dwi', { inputs: { dwi: mif, mask } }),
        );
        const own = json(made('measures'));
        const other = json(await byNumpy('diffusion', [nifti, bval, mask], 'other.json'));
        expect(own['snr_b0']).toBeCloseTo(other['snr_b0'] ?? NaN, 6);
        // Uniform noise of width 40 has an SD of 11.5.
        expect(own['snr_b0']).toBeGreaterThan(60);
        expect(own['outlier_slices']).toBe(planted.length);
        expect(own['outlier_slices']).toBe(other['outlier_slices']);
        expect(own['outlier_volumes']).toEqual(planted.length === 0 ? [] : [7, 12]);
        expect(own['outlier_volumes']).toEqual(other['outlier_volumes']);
        const rows = readFileSync(made('volume_table'), 'utf8').trim().split('\n');
        expect(rows).toHaveLength(bvals.length + 1);
      }
    });

    it('refuses a mask of another grid', async () => {
      const { mif } = await series([]);
      const run = await runSkill(quality, folder, 'quality/measures-dwi', {
        inputs: { dwi: mif, mask: labels },
      });
      expect([run.exit.exitCode, run.said]).toEqual([2, expect.stringMatching(/do not lie on one grid/)]);
    });
  });
});
