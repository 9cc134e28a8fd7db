import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Affine } from '../../../src/imaging/affine.js';
import { niftiBytes } from '../../../src/imaging/nifti-write.js';
import { checkPipeline } from '../../../src/planning/check-pipeline.js';
import { compileStage } from '../../../src/planning/compile-stage.js';
import type { CompiledStage } from '../../../src/planning/job.js';
import { temporaryFolder } from '../../support/temporary.js';
import { datasets, messages, pipelineOf, planOf, world, writeDataset } from './support.js';

/** Voxels of `size` mm from the world position `start` on; `left` stores x from right to left. */
const grid = (size: number, start: [number, number, number] = [0, 0, 0], left = false): Affine => [
  [left ? -size : size, 0, 0, start[0]],
  [0, size, 0, start[1]],
  [0, 0, size, start[2]],
  [0, 0, 0, 1],
];

function put(root: string, path: string, dims: number[], affine: Affine): void {
  const length = dims.reduce((all, size) => all * size, 1);
  const data = Float32Array.from({ length }, (_, index) => index % 5);
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(
    join(root, path),
    niftiBytes({ dims, affine, datatype: 'float32', data, repetitionTimeS: 5 }),
  );
}

const table = (value: string): string => new Array<string>(8).fill(value).join(' ');

/** Series of 8 volumes on 4 x 4 x 4 voxels of 2 mm, and a parcellation for each on its own grid. */
function dataset(
  participants: Readonly<Record<string, { labels: Affine; dims?: number[]; dwi?: Affine; bval?: string }>>,
): string {
  const root = writeDataset(temporaryFolder(), {});
  for (const [label, { labels, dims = [4, 4, 4], dwi = grid(2), bval }] of Object.entries(participants)) {
    const base = `sub-${label}/dwi/sub-${label}`;
    put(root, `${base}_dwi.nii`, [4, 4, 4, 8], dwi);
    put(root, `${base}_dseg.nii`, dims, labels);
    writeDataset(root, {
      [`${base}_dwi.bval`]: bval ?? `0 ${new Array<number>(7).fill(1000).join(' ')}`,
      [`${base}_dwi.bvec`]: [table('1'), table('0'), table('0')].join('\n'),
    });
  }
  return root;
}

const compiled = async (bids: string, stage: Record<string, unknown> = {}): Promise<CompiledStage> =>
  compileStage(planOf({ pipeline: 'diffusion/connectome', data: { bids }, ...stage }), 'work', {
    ...(await world),
    datasets,
  });
const GRID = 'connectome-nodes-grid';
const notes = (stage: CompiledStage): string[] =>
  stage.findings.flatMap(({ code, message }) => (code === 'plan.adapted' ? [message] : []));
const nodesOf = (stage: CompiledStage, sub: string): unknown =>
  stage.jobs
    .find(({ id }) => id === `work/connectome/sub-${sub}_dwi`)
    ?.inputs.find(({ role }) => role === 'nodes')?.files[0]?.source;

describe('a parcellation on another grid', () => {
  it('is resampled by nearest neighbour in a step that is put in, with the reason', async () => {
    const stage = await compiled(dataset({ '01': { labels: grid(1), dims: [8, 8, 8] } }));
    const step = stage.jobs.find((job) => job.step === GRID);
    expect(step?.argv.join(' ')).toMatch(
      /^mrtransform .*-template \/in\/template\/sub-01_dwi.nii -interp nearest/,
    );
    expect(nodesOf(stage, '01')).toEqual({ from: 'job', job: `work/${GRID}/sub-01_dwi`, output: 'moved' });
    const reason =
      'parcellation (sub-01_dseg.nii) has 8 x 8 x 8 voxels of 1 x 1 x 1 mm, not 4 x 4 x 4 voxels of 2 x 2 x 2 mm as dwi has: resampled by the nearest label (mrtrix3/mrtransform-labels)';
    expect(notes(stage)).toContain(`step ${GRID} (1 of 1): ${reason}`.replace(' (1 of 1)', ''));
    expect(stage.adaptations).toContainEqual({ step: GRID, items: ['sub-01_dwi'], reason });
    expect(stage.providers).toContainEqual(
      expect.objectContaining({ step: GRID, capability: 'label-resampling' }),
    );
  });

  it('is left as it is on the same grid, however it is stored', async () => {
    for (const labels of [grid(2), grid(2, [6, 0, 0], true)]) {
      const stage = await compiled(dataset({ '01': { labels } }));
      expect(stage.jobs.filter((job) => job.step === GRID)).toEqual([]);
      expect(nodesOf(stage, '01')).toMatchObject({ from: 'dataset' });
      expect(stage.providers).toEqual([]);
    }
  });

  it('is seen where only its place in space differs', async () => {
    const stage = await compiled(dataset({ '01': { labels: grid(2, [1, 0, 0]) } }));
    expect(notes(stage).join()).toMatch(/elsewhere in space/);
    expect(stage.jobs.filter((job) => job.step === GRID)).toHaveLength(1);
  });

  it('is decided for each participant, and told once', async () => {
    const fine = { labels: grid(1), dims: [8, 8, 8] };
    const stage = await compiled(dataset({ '01': fine, '02': { labels: grid(2) }, '03': fine }));
    expect(stage.jobs.filter((job) => job.step === GRID).map((job) => job.entities['sub'])).toEqual([
      '01',
      '03',
    ]);
    expect(nodesOf(stage, '02')).toMatchObject({ from: 'dataset' });
    expect(notes(stage).filter((note) => note.startsWith(`step ${GRID} (2 of 3): `))).toHaveLength(1);
  });

  it('is refused where the two do not meet in space', async () => {
    const stage = await compiled(dataset({ '01': { labels: grid(2, [500, 0, 0]) } }));
    expect(messages(stage).join('\n')).toMatch(/error parcellation .*do not meet in space/);
    expect(stage.jobs.filter(({ step }) => step === 'connectome')).toEqual([]);
  });

  it('needs a provider only then: without one the plan says what is missing', async () => {
    const { skills, pipelines } = await world;
    const without = new Map(
      [...skills.skills].filter(([, { contract }]) => contract.provides['label-resampling'] === undefined),
    );
    const run = (bids: string): Promise<CompiledStage> =>
      compileStage(planOf({ pipeline: 'diffusion/connectome', data: { bids } }), 'work', {
        skills: { ...skills, skills: without },
        pipelines,
        datasets,
      });
    expect(messages(await run(dataset({ '01': { labels: grid(1), dims: [8, 8, 8] } }))).join()).toMatch(
      /nothing provides label-resampling here/,
    );
    const same = await run(dataset({ '01': { labels: grid(2) } }));
    expect(messages(same).filter((message) => message.startsWith('error'))).toEqual([]);
  });

  it('reaches a Python skill as NIfTI, by a provider that writes it, without talk of a substitute', async () => {
    const root = temporaryFolder();
    writeDataset(root, { 'sub-01/func/sub-01_task-rest_bold.nii': { volumes: 40 } });
    put(root, 'atlas.nii', [4, 4, 4], grid(1));
    const stage = await compiled(root, {
      pipeline: 'functional/connectivity',
      inputs: { atlas: join(root, 'atlas.nii') },
    });
    const step = stage.jobs.find((job) => job.step === 'regions-atlas-grid');
    expect(step?.skill).toBe('nibabel/resample');
    expect(step?.params).toMatchObject({ interpolation: 'nearest', labels: true });
    expect(stage.findings.filter(({ code }) => code === 'plan.substitution')).toEqual([]);
    expect(messages(stage).filter((message) => message.startsWith('error'))).toEqual([]);
  });

  it('can be asked of images alone', async () => {
    const parts = {
      inputs: { dwi: { query: { suffix: 'dwi' } }, names: { given: 'tsv' } },
      steps: [
        {
          id: 'x',
          skill: 'nilearn/epi-mask',
          for_each: 'dwi',
          inputs: { bold: { labels: 'names', on_grid_of: 'dwi' } },
        },
      ],
    };
    const { skills } = await world;
    const found = checkPipeline(pipelineOf(parts), skills);
    expect(found.map(({ message }) => message)).toContain('x: names is no image');
  });
});

describe('gradients', () => {
  it('of a right-handed image are turned as they are read, and the plan says so', async () => {
    const right = await compiled(dataset({ '01': { labels: grid(2) } }));
    expect(notes(right).join('\n')).toMatch(/^step import: the voxel axes are right-handed/m);
    const left = { labels: grid(2, [6, 0, 0], true), dwi: grid(2, [6, 0, 0], true) };
    expect(notes(await compiled(dataset({ '01': left }))).join('\n')).not.toMatch(/right-handed/);
    const both = await compiled(dataset({ '01': { labels: grid(2) }, '02': left }));
    expect(both.adaptations.find(({ step }) => step === 'import')?.items).toEqual(['sub-01_dwi']);
  });

  it('of one shell take the steps for one tissue, and the plan says why', async () => {
    const single = await compiled(dataset({ '01': { labels: grid(2) } }));
    expect(notes(single).join('\n')).toMatch(
      /one shell above b=0 tells one tissue: response-single, fod-single in place of response-multi, fod-multi/,
    );
    const bval = '0 1000 1000 1000 2000 2000 3000 3000';
    const multi = await compiled(dataset({ '01': { labels: grid(2), bval } }));
    expect(notes(multi).join('\n')).not.toMatch(/one shell/);
  });
});
