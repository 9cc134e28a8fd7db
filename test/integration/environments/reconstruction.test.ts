import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRuntimes, type RuntimeSet } from '../../../src/environments/runtime-set.js';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { readNiftiHeader, gridOf } from '../../../src/imaging/nifti-header.js';
import { readVoxels } from '../../../src/imaging/voxel-stream.js';
import { hasTestData, testData } from '../../support/data.js';
import { runSkill, succeed } from '../../support/run-skill.js';
import { productEnvironment } from './support.js';

let folder: string;
let runtimes: RuntimeSet;
let quality: OpenEnvironment;
let pictures: OpenEnvironment;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuroclaw-reconstruction-'));
  runtimes = createRuntimes({ allowHost: false, workers: 1 });
  quality = await runtimes.open(await productEnvironment('neuroclaw-quality'));
  pictures = await runtimes.open(await productEnvironment('neuroclaw-pictures'));
});
afterAll(async () => {
  await runtimes.close();
  await rm(folder, { recursive: true });
});

/** In the form that mri_segstats and mris_anatomical_stats document; the numbers are made up. */
const aseg = `# Measure BrainSegNotVent, BrainSegVolNotVent, Brain Segmentation Volume Without Ventricles, 1150000.0, mm^3
# Measure Cortex, CortexVol, Total cortical gray matter volume, 480000.0, mm^3
# Measure SurfaceHoles, SurfaceHoles, Total number of defect holes in surfaces prior to fixing, 34, unitless
# Measure EstimatedTotalIntraCranialVol, eTIV, Estimated Total Intracranial Volume, 1577415.239904, mm^3
# ColHeaders  Index SegId NVoxels Volume_mm3 StructName normMean normStdDev normMin normMax normRange
  1  17     4120     4180.3  Left-Hippocampus        68.5   9.9  30.0  98.0  68.0
  2  53     4300     4390.1  Right-Hippocampus       68.5   9.9  30.0  98.0  68.0
`;
const aparc = (hemi: string, thickness: number): string => `# hemi ${hemi}
# Measure Cortex, MeanThickness, Mean Thickness, ${thickness}, mm
# ColHeaders StructName NumVert SurfArea GrayVol ThickAvg ThickStd MeanCurv GausCurv FoldInd CurvInd
bankssts                                 1334    898   2265  2.509 0.492     0.111     0.023       10     1.3
`;

/** A real image of FreeSurfer in the places of the three that are read, and statistics. */
function subjectFolder(change: Readonly<Record<string, string>> = {}): string {
  const subject = join(folder, `subject ${Object.keys(change).join(' ')}`, 'sub-01');
  for (const name of ['mri', 'stats']) mkdirSync(join(subject, name), { recursive: true });
  const real = testData(
    'bids/adult-t1w/derivatives/freesurfer-labels/sub-01/anat/sub-01_desc-aparcaseg_dseg.mgz',
  );
  for (const name of ['T1', 'ribbon', 'aparc+aseg']) cpSync(real, join(subject, 'mri', `${name}.mgz`));
  const texts = {
    'aseg.stats': aseg,
    'lh.aparc.stats': aparc('lh', 2.4),
    'rh.aparc.stats': aparc('rh', 2.5),
    ...change,
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(subject, 'stats', name), text);
  return subject;
}

const measure = (subject: string) =>
  runSkill(quality, folder, 'quality/measures-reconstruction', { inputs: { subject } });

describe.skipIf(!hasTestData)('quality/measures-reconstruction', () => {
  it('reads the numbers, and puts the images where nibabel sees them', async () => {
    const made = await succeed(measure(subjectFolder()));
    expect(JSON.parse(readFileSync(made('measures'), 'utf8'))).toEqual({
      intracranial_ml: 1577.4152399,
      brain_ml: 1150,
      cortex_ml: 480,
      hippocampus_left_ml: 4.1803,
      hippocampus_right_ml: 4.3901,
      thickness_left_mm: 2.4,
      thickness_right_mm: 2.5,
      thickness_asymmetry_percent: expect.closeTo(4.0816, 3) as number,
      surface_holes: 34,
      euler_mean: -32,
    });
    const header = await readNiftiHeader(made('parcellation'));
    const grid = gridOf(header);
    const voxels = await readVoxels(header);
    // Centres of the left and right hippocampus in scanner space (mm, RAS+), by nibabel 5.
    for (const [label, count, ...centre] of [
      [17, 598, -24.386, -23.986, -19.637],
      [53, 658, 21.658, -22.311, -20.977],
    ] as const) {
      const sum = [0, 0, 0];
      let found = 0;
      voxels.forEach((value, at) => {
        if (value !== label) return;
        found += 1;
        const index = [at % 128, Math.floor(at / 128) % 128, Math.floor(at / 16384), 1];
        for (const row of [0, 1, 2])
          sum[row]! += grid.affine[row]!.reduce((total, factor, n) => total + factor * index[n]!, 0);
      });
      expect(found).toBe(count);
      sum.forEach((value, axis) => expect(value / found).toBeCloseTo(centre[axis]!, 2));
    }
    const drawn = await succeed(
      runSkill(pictures, folder, 'quality/picture-mosaic', {
        inputs: { image: made('t1'), outline: made('ribbon') },
        params: { title: 'White matter and cortex' },
      }),
    );
    expect(readFileSync(drawn('picture'), 'utf8')).toContain('<svg');
  });

  it('quality/lookup-freesurfer names 84 regions, left before right', async () => {
    const made = await succeed(runSkill(quality, folder, 'quality/lookup-freesurfer', { inputs: {} }));
    const lines = (output: string): string[] => readFileSync(made(output), 'utf8').trim().split('\n');
    expect(lines('lut_in')[0]).toBe('1001 ctx-lh-bankssts');
    expect(lines('lut_out')).toHaveLength(84);
    expect(lines('lut_out')[42]).toBe('43 Right-Thalamus');
    expect(lines('labels').at(-1)).toBe('84\tRight-Cerebellum-Cortex');
  });

  it('refuses statistics that are cut, of the other side, or that no brain has', async () => {
    const cut = await measure(subjectFolder({ 'aseg.stats': aseg.slice(0, -40) }));
    expect(cut.said).toMatch(/aseg\.stats|statistics of FreeSurfer/);
    const other = await measure(subjectFolder({ 'rh.aparc.stats': aparc('lh', 2.5) }));
    expect(other.said).toMatch(/rh\.aparc\.stats is of lh/);
    const thick = await measure(subjectFolder({ 'lh.aparc.stats': aparc('lh', 24) }));
    expect(thick.checks.some(({ ok }) => !ok)).toBe(true);
  });
});
