import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runChecks } from '../../../src/checks/catalog.js';
import { createRuntimes, type RuntimeSet } from '../../../src/environments/runtime-set.js';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { hasTestData, testData } from '../../support/data.js';
import { runSkill, succeed } from '../../support/run-skill.js';
import { productEnvironment } from './support.js';

let folder: string;
let runtimes: RuntimeSet;
let tools: OpenEnvironment;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuroclaw-pictures-'));
  runtimes = createRuntimes({ allowHost: false, workers: 1 });
  tools = await runtimes.open(await productEnvironment('neuroclaw-pictures'));
});
afterAll(async () => {
  await runtimes.close();
  await rm(folder, { recursive: true });
});

const affine = [
  [2, 0, 0, -20],
  [0, 2, 0, -20],
  [0, 0, 2, -20],
  [0, 0, 0, 1],
] as const;

/** An image of 20 voxels of 2 mm a side. */
async function cube(name: string, volumes: readonly ((voxel: number) => number)[]): Promise<string> {
  const path = join(folder, name);
  await writeNifti(path, {
    dims: volumes.length === 1 ? [20, 20, 20] : [20, 20, 20, volumes.length],
    affine,
    datatype: 'float32',
    data: volumes.flatMap((value) => Array.from({ length: 8000 }, (_, voxel) => value(voxel))),
  });
  return path;
}

const inside = (voxel: number): number =>
  Math.hypot((voxel % 20) - 9.5, (Math.floor(voxel / 20) % 20) - 9.5, Math.floor(voxel / 400) - 9.5) < 7
    ? 1
    : 0;

describe('pictures by their skills', () => {
  it.skipIf(!hasTestData)(
    'quality/picture-mosaic shows a head with outlines and a map, the same bytes twice',
    async () => {
      const labels = testData('bids', 'adult-t1w', 'derivatives', 'freesurfer-labels', 'sub-01', 'anat');
      const call = {
        inputs: {
          image: testData('bids', 'adult-t1w', 'sub-01', 'anat', 'sub-01_T1w.nii.gz'),
          outline: join(labels, 'sub-01_desc-brain_mask.nii.gz'),
          // On a grid of its own, of 2 mm.
          overlay: join(labels, 'sub-01_atlas-desikan_dseg.nii.gz'),
        },
        params: { title: 'Head', label: 'label', count: 5 },
      };
      const first = await succeed(runSkill(tools, folder, 'quality/picture-mosaic', call));
      const second = await succeed(runSkill(tools, folder, 'quality/picture-mosaic', call));
      const bytes = await readFile(first('picture'));
      expect(bytes.equals(await readFile(second('picture')))).toBe(true);
      expect(bytes.length).toBeLessThan(700_000);
      expect(bytes.toString().match(/>z=-?\d+</g)).toHaveLength(5);
    },
  );

  it('quality/picture-directions and quality/picture-flicker show what they are given', async () => {
    const directions = await cube('directions.nii', [() => 0, () => 1, () => 0]);
    const fa = await cube('fa.nii', [(voxel) => 0.8 * inside(voxel)]);
    const shown = await succeed(
      runSkill(tools, folder, 'quality/picture-directions', {
        inputs: { directions, fa },
        params: { title: 'Directions', count: 3 },
      }),
    );
    expect(await readFile(shown('picture'), 'utf8')).toContain('green front to back');
    const before = await cube('before.nii', [inside]);
    const after = await cube('after.nii', [(voxel) => (voxel % 20 < 19 ? inside(voxel + 1) : 0)]);
    const turned = await succeed(
      runSkill(tools, folder, 'quality/picture-flicker', {
        inputs: { before, after },
        params: { title: 'Moved by a voxel' },
      }),
    );
    const svg = await readFile(turned('picture'), 'utf8');
    expect(svg).toContain('class="before"');
    expect(svg).toContain('class="after"');
  });

  it('a picture of nothing, a cut one and one that loads something are refused', async () => {
    const empty = await cube('empty.nii', [() => 0]);
    const run = await runSkill(tools, folder, 'quality/picture-mosaic', {
      inputs: { image: empty },
      params: { title: 'Nothing' },
    });
    expect(run.exit.exitCode).toBe(0);
    expect(run.checks.flatMap(({ findings }) => findings.map(({ message }) => message))).toEqual([
      'picture 1 is of one colour',
    ]);

    const full = await cube('full.nii', [inside]);
    const whole = await succeed(
      runSkill(tools, folder, 'quality/picture-mosaic', {
        inputs: { image: full },
        params: { title: 'Ball' },
      }),
    );
    const svg = await readFile(whole('picture'), 'utf8');
    const judge = async (text: string): Promise<string[]> => {
      const path = join(folder, 'edited.svg');
      await writeFile(path, text);
      const subject = {
        output: 'picture',
        kind: 'svg',
        path,
        inputs: {},
        outputs: {},
        params: {},
        sidecar: {},
      };
      const results = await runChecks(subject, [{ check: 'svg.picture', args: { embedded: 1 } }]);
      return results.flatMap(({ findings }) => findings.map(({ message }) => message));
    };
    expect(await judge(svg)).toEqual([]);
    expect(await judge(svg.slice(0, -20))).toEqual(['it is not a whole SVG document']);
    expect(await judge(svg.replace('</svg>', '<image href="https://example.org/a.png"/></svg>'))).toEqual([
      'it refers to href="https://example.org/a.png"',
    ]);
    expect(await judge(svg.replace(/base64,(.{400}).{40}/, 'base64,$1'))).toContain('picture 1 is damaged');
  });
});
