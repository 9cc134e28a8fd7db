import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Affine } from '../../src/imaging/affine.js';
import { flipAxis, readGradients } from '../../src/imaging/gradients.js';
import { gridOf, readNiftiHeader } from '../../src/imaging/nifti-header.js';
import { writeNifti } from '../../src/imaging/nifti-write.js';
import { readVoxels } from '../../src/imaging/voxel-stream.js';
import { hosts } from '../integration/docker/support.js';
import { runtime, useMrtrix } from '../integration/docker/mrtrix3-support.js';
import { cliEnvironment, runCli } from '../support/cli.js';
import { testData } from '../support/data.js';
import { recordCommitted } from '../support/evidence/record.js';
import { temporaryFolder } from '../support/temporary.js';
import { runDcm2niix } from '../unit/skills/wasm-tools.js';

interface Result {
  readonly outcome: string;
  readonly trace: string;
}

/** Twenty slices through the middle of a brain as it comes from the scanner: 2 volumes of b=0 and 20 directions. */
const SLICES = [20, 40] as const;
const VOLUMES = 22;

describe.skipIf(!runtime)('diffusion/preprocess of a real series', { timeout: 600_000 }, () => {
  const mrtrix = useMrtrix();

  async function dataset(): Promise<{ bids: string; dwi: string; bvals: number[] }> {
    const argv = ['dcm2niix', '-b', 'y', '-ba', 'y', '-z', 'n', '-f', 'image', '-o', '/out', '/in/dicoms'];
    const { files } = await runDcm2niix(argv, testData('dicom', 'siemens-trio-dti20'));
    const folder = temporaryFolder();
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
    const header = await readNiftiHeader(join(folder, 'image.nii'));
    const { shape, affine } = gridOf(header);
    const { bvals, bvecs } = await readGradients(join(folder, 'image.bval'), join(folder, 'image.bvec'));
    const [nx, ny, nz] = shape;
    const height = SLICES[1] - SLICES[0];
    const all = await readVoxels(header);
    const chosen = [...bvals.keys()].filter((volume) => volume < VOLUMES);
    const data = new Float32Array(nx * ny * height * chosen.length);
    for (const [at, volume] of chosen.entries())
      data.set(
        all.subarray(nx * ny * (nz * volume + SLICES[0]), nx * ny * (nz * volume + SLICES[1])),
        at * nx * ny * height,
      );
    const row = ([x, y, z, t]: Affine[0]): Affine[0] => [x, y, z, t + SLICES[0] * z];
    const [a, b, c] = affine;
    const bids = join(folder, 'bids');
    const base = join(bids, 'sub-01', 'dwi', 'sub-01_dwi');
    mkdirSync(join(bids, 'sub-01', 'dwi'), { recursive: true });
    writeFileSync(join(bids, 'dataset_description.json'), '{"Name": "crop", "BIDSVersion": "1.9.0"}\n');
    await writeNifti(`${base}.nii.gz`, {
      dims: [nx, ny, height, chosen.length],
      affine: [row(a), row(b), row(c), [0, 0, 0, 1]],
      datatype: 'float32',
      data,
      repetitionTimeS: 7.6,
    });
    writeFileSync(`${base}.json`, '{"RepetitionTime": 7.6}\n');
    const kept = chosen.map((volume) => bvals[volume] ?? NaN);
    writeFileSync(`${base}.bval`, `${kept.join(' ')}\n`);
    const directions = chosen.map((volume) => bvecs[volume] ?? [0, 0, 0]);
    writeFileSync(
      `${base}.bvec`,
      [0, 1, 2].map((axis) => directions.map((each) => each[axis as 0]).join(' ')).join('\n') + '\n',
    );
    return { bids, dwi: base, bvals: kept };
  }

  async function run(data: string): Promise<{ result: Result; out: string; said: string }> {
    const root = temporaryFolder();
    const env = cliEnvironment(join(root, 'state'), {
      NEUROCLAW_LOCK: join(mrtrix.folder, 'neuroclaw.lock.json'),
      ...(hosts.length === 1 ? { DOCKER_HOST: hosts[0] ?? '' } : {}),
    });
    const out = join(root, 'out');
    const args = ['run', 'preprocess the diffusion series', '--data', data, '--out', out];
    const { stdout, stderr } = await runCli([...args, '--runtime', 'docker', '--yes', '--json'], env);
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Result;
    return { result, out, said: `${stdout}\n${stderr}` };
  }

  it('takes noise away and keeps the signal, the grid and the gradients; measures and pictures come with it', async () => {
    const { bids, dwi, bvals } = await dataset();
    const { result, out, said } = await run(bids);
    expect([result.outcome, result.outcome === 'finished' ? '' : said]).toEqual(['finished', '']);
    recordCommitted(result.trace);
    const base = join(out, 'derivatives', 'diffusion-preprocess', 'sub-01', 'dwi', 'sub-01');
    const [before, after] = await Promise.all(
      [`${dwi}.nii.gz`, `${base}_desc-preproc_dwi.nii.gz`].map((path) => readNiftiHeader(path)),
    );
    expect(after!.dims).toEqual(before!.dims);
    const mask = await readVoxels(await readNiftiHeader(`${base}_desc-brain_mask.nii.gz`));
    // 102 x 102 x 20 voxels of 8 mm3; a brain fills a third of it.
    const share = mask.reduce((sum, value) => sum + value, 0) / mask.length;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.6);
    const gradients = await readGradients(`${base}_desc-preproc_dwi.bval`, `${base}_desc-preproc_dwi.bvec`);
    expect(gradients.bvals.map((b) => Math.round(b / 10) * 10)).toEqual(
      bvals.map((b) => Math.round(b / 10) * 10),
    );
    const original = await readGradients(`${dwi}.bval`, `${dwi}.bvec`);
    const agreement = (table: typeof original.bvecs): number => {
      const cosines = gradients.bvecs.flatMap(([x, y, z], at) => {
        const [p, q, r] = table[at] ?? [0, 0, 0];
        return (bvals[at] ?? 0) < 50 ? [] : [Math.abs(x * p + y * q + z * r)];
      });
      return Math.min(...cosines);
    };
    expect(agreement(original.bvecs)).toBeGreaterThan(0.999);
    // What the comparison would say of a flipped axis.
    expect(agreement(flipAxis(original.bvecs, 1))).toBeLessThan(0.9);

    // Volumes of b=0 differ by noise: less of it afterwards, and the same mean.
    const spread = async (path: string): Promise<{ noise: number; mean: number }> => {
      const header = await readNiftiHeader(path);
      const zero = [...bvals.keys()].filter((at) => (bvals[at] ?? 0) < 50);
      const weighted = [...bvals.keys()].filter((at) => (bvals[at] ?? 0) > 50);
      expect(zero.length).toBeGreaterThan(0);
      const [first, second] = await Promise.all(
        [weighted[0], weighted[1]].map((at) => readVoxels(header, at)),
      );
      const inside = [...mask.keys()].filter((at) => (mask[at] ?? 0) > 0);
      const differences = inside
        .map((at) => Math.abs((first?.[at] ?? 0) - (second?.[at] ?? 0)))
        .sort((p, q) => p - q);
      const mean = inside.reduce((sum, at) => sum + (first?.[at] ?? 0), 0) / inside.length;
      return { noise: differences[Math.floor(differences.length / 2)] ?? NaN, mean };
    };
    const [raw, clean] = [await spread(`${dwi}.nii.gz`), await spread(`${base}_desc-preproc_dwi.nii.gz`)];
    expect(clean.noise).toBeLessThan(0.95 * raw.noise);
    expect(clean.mean / raw.mean).toBeGreaterThan(0.97);
    expect(clean.mean / raw.mean).toBeLessThan(1.03);
    const trace = readFileSync(result.trace, 'utf8');
    for (const step of ['series-measures', 'flicker-picture', 'gradient-picture', 'outlier-picture'])
      expect([step, trace.includes(`preprocess/${step}/sub-01_dwi`)]).toEqual([step, true]);
  });

  it('refuses gradients of another frame', async () => {
    const { bids, dwi } = await dataset();
    const rows = readFileSync(`${dwi}.bvec`, 'utf8').trim().split('\n');
    const turned = (rows[1] ?? '').split(' ').map((value) => String(-Number(value)));
    writeFileSync(`${dwi}.bvec`, `${[rows[0], turned.join(' '), rows[2]].join('\n')}\n`);
    const { result, said } = await run(bids);
    expect(result.outcome).not.toBe('finished');
    expect(said).toMatch(/y negated/);
  });
});
