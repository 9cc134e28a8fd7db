import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTsv } from '../../src/bids/tsv.js';
import { readNiftiHeader } from '../../src/imaging/nifti-header.js';
import { writeNifti } from '../../src/imaging/nifti-write.js';
import { readVoxels } from '../../src/imaging/voxel-stream.js';
import { aslFlow, aslTissue, aslVoxels, writeAslDataset } from '../support/asl-dataset.js';
import { runCli } from '../support/cli.js';
import { openPythonNeuro, pythonCache } from '../support/python-environment.js';
import { pythonOptions, pythonVariables, runWish } from '../support/run-wish.js';

const environment = await openPythonNeuro();

let folder: string;
let data: string;
let out: string;

const T1_BLOOD = 1.65;
/** Equilibrium signal of tissue, in units of the image. */
const equilibrium = (voxel: number): number => [4, 900, 1100][aslTissue(voxel)] ?? 0;

/**
 * Label that is in the tissue at the time of the image, by adding up what flowed in (Buxton 1998, eq. 3, with arrival at
 * once, decay with the T1 of blood, and no outflow): ages (s) of the label from `youngest` to `oldest`, in 20000 steps.
 */
function labelOf(voxel: number, efficiency: number, youngest: number, oldest: number): number {
  const steps = 20000;
  const width = (oldest - youngest) / steps;
  let sum = 0;
  for (let step = 0; step < steps; step++)
    sum += Math.exp(-(youngest + (step + 0.5) * width) / T1_BLOOD) * width;
  // mL/100 g/min to mL/g/s; blood has M0 / lambda.
  return ((2 * efficiency * equilibrium(voxel)) / 0.9) * (aslFlow(voxel) / 6000) * sum;
}

const once = new Map<string, number>();
function pcaslLabel(voxel: number, efficiency: number): number {
  const key = `${aslTissue(voxel)} ${aslFlow(voxel)} ${efficiency}`;
  let known = once.get(key);
  if (known === undefined) once.set(key, (known = labelOf(voxel, efficiency, 1.8, 3.6)));
  return known;
}

/** All of the bolus of PASL is as old as the image: 0.7 s of blood, inverted 1.8 s ago. */
const paslLabel = (voxel: number): number =>
  ((2 * 0.98 * equilibrium(voxel)) / 0.9) * (aslFlow(voxel) / 6000) * 0.7 * Math.exp(-1.8 / T1_BLOOD);

const alternating = ['label', 'control', 'label', 'control', 'label', 'control'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuroclaw-asl-'));
  data = await writeAslDataset(
    join(folder, 'data'),
    {
      ArterialSpinLabelingType: 'PCASL',
      // Of most series; the first has its own. Taken for it, flow would come out a tenth too high.
      PostLabelingDelay: 2,
      LabelingDuration: 1.8,
      MagneticFieldStrength: 3,
      MRAcquisitionType: '3D',
      BackgroundSuppression: true,
      BackgroundSuppressionNumberPulses: 2,
      RepetitionTimePreparation: 4,
      TotalAcquiredPairs: 3,
    },
    [
      {
        subject: 'pcasl',
        context: alternating,
        sidecar: { PostLabelingDelay: 1.8, M0Type: 'Separate' },
        // A quarter of the background is left.
        signal: (volume, voxel) => equilibrium(voxel) / 4 - (volume % 2 === 0 ? pcaslLabel(voxel, 0.85) : 0),
        m0: {
          sidecar: { RepetitionTimePreparation: 2, IntendedFor: 'perf/sub-pcasl_asl.nii.gz' },
          signal: (voxel) => equilibrium(voxel) * (1 - Math.exp(-2 / 1.3)),
        },
      },
      {
        subject: 'pasl',
        context: ['m0scan', 'control', 'label', 'control', 'label'],
        sidecar: {
          ArterialSpinLabelingType: 'PASL',
          PostLabelingDelay: [0, 1.8, 1.8, 1.8, 1.8],
          BolusCutOffFlag: true,
          BolusCutOffDelayTime: 0.7,
          BolusCutOffTechnique: 'QUIPSSII',
          RepetitionTimePreparation: [10, 4, 4, 4, 4],
          M0Type: 'Included',
        },
        signal: (volume, voxel) =>
          volume === 0
            ? equilibrium(voxel)
            : equilibrium(voxel) / 3 - (volume === 2 || volume === 4 ? paslLabel(voxel) : 0),
      },
      {
        subject: 'unsuppressed',
        context: alternating,
        // The efficiency that was measured, and controls that stand for M0: long enough to be relaxed.
        sidecar: {
          PostLabelingDelay: 1.8,
          LabelingEfficiency: 0.8,
          BackgroundSuppression: false,
          M0Type: 'Absent',
          RepetitionTimePreparation: 6,
        },
        signal: (volume, voxel) => equilibrium(voxel) - (volume % 2 === 0 ? pcaslLabel(voxel, 0.8) : 0),
      },
    ],
  );
  // Regions on half the grid: the compiler resamples them with the nearest label.
  await writeNifti(join(folder, 'regions.nii.gz'), {
    dims: [17, 20, 10],
    affine: [
      [-7, 0, 0, 58.25],
      [0, 7, 0, -68.25],
      [0, 0, 5, -20],
      [0, 0, 0, 1],
    ],
    datatype: 'uint8',
    data: Uint8Array.from({ length: 17 * 20 * 10 }, (_, voxel) => {
      const [x, y, z] = [voxel % 17, Math.floor(voxel / 17) % 20, Math.floor(voxel / 340)];
      const deep = Math.abs(x - 8) < 3 && Math.abs(y - 9.5) < 4 && (z === 4 || z === 5);
      return deep ? 7 : 0;
    }),
  });
  if (environment !== undefined)
    out = await runWish('quantify cerebral perfusion from the ASL data', data, folder, 'out');
}, 300_000);
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const published = (subject: string, name: string): string =>
  join(out, 'derivatives', 'pet-asl-cbf', `sub-${subject}`, 'perf', `sub-${subject}_${name}`);

async function voxels(path: string): Promise<Float64Array> {
  return readVoxels(await readNiftiHeader(path));
}

describe.skipIf(!environment)('pet-asl/cbf, by the command line', { timeout: 300_000 }, () => {
  it.each(['pcasl', 'pasl', 'unsuppressed'])(
    'gives the flow back that the series of sub-%s was made of',
    async (subject) => {
      const [flow, mask] = [
        await voxels(published(subject, 'cbf.nii.gz')),
        await voxels(published(subject, 'desc-brain_mask.nii.gz')),
      ];
      let [inside, missed, right] = [0, 0, 0];
      for (let voxel = 0; voxel < aslVoxels; voxel++) {
        if (aslTissue(voxel) > 0 && mask[voxel] === 0) missed++;
        if (mask[voxel] === 0 || aslTissue(voxel) === 0) continue;
        inside++;
        expect(Math.abs((flow[voxel] ?? NaN) - aslFlow(voxel))).toBeLessThan(0.02);
        if ((flow[voxel] ?? 0) > 80) right++;
      }
      expect(inside).toBeGreaterThan(2000);
      expect(missed / inside).toBeLessThan(0.15);
      // The side with more flow is where x of the world is above 0.
      expect(right).toBeGreaterThan(400);
    },
  );

  it('says where its values come from, in the sidecar and in the key', async () => {
    const sidecar = JSON.parse(await readFile(published('pcasl', 'cbf.json'), 'utf8')) as {
      Sources: string[];
    };
    expect(sidecar.Sources).toContain('bids:raw:asl.json');
    expect(sidecar.Sources).toContain('bids:raw:sub-pcasl/perf/sub-pcasl_asl.json');
    expect(sidecar.Sources).toContain('bids:raw:sub-pcasl/perf/sub-pcasl_m0scan.json');
    const general = await readFile(join(data, 'asl.json'), 'utf8');
    await writeFile(
      join(data, 'asl.json'),
      general.replace('"LabelingDuration": 1.8', '"LabelingDuration": 1.7'),
    );
    // The lock file is found where one stands.
    const { stdout } = await runCli(['explain', '--out', out], pythonVariables(folder), pythonCache);
    await writeFile(join(data, 'asl.json'), general);
    expect(stdout).toContain('sidecar.sidecar.LabelingDuration: 1.8 -> 1.7');
    expect(stdout).not.toContain('sidecar.m0_sidecar');
  });

  it("writes quality numbers, methods with the equations' sources, and pictures", async () => {
    const env = pythonVariables(folder);
    const { stdout: qc } = await runCli(['qc', '--out', out], env);
    expect(qc).toContain('mean_cbf');
    const { stdout: methods } = await runCli(['methods', '--out', out], env);
    expect(methods).toContain('10.1002/mrm.25197');
    expect(methods).toContain('partition coefficient 0.9 mL/g');
    expect(existsSync(published('pcasl', 'aslref.nii.gz'))).toBe(true);
  });

  it('measures regions that lie on another grid', async () => {
    const place = await runWish('cbf of the regions', data, folder, 'regions', [
      ...['--participant', 'pcasl', '--input', `labels=${join(folder, 'regions.nii.gz')}`],
    ]);
    const file = join(
      place,
      'derivatives',
      'pet-asl-cbf',
      'sub-pcasl',
      'perf',
      'sub-pcasl_desc-regions_cbf.tsv',
    );
    const { rows } = parseTsv(await readFile(file, 'utf8'), { file });
    expect(rows.map((row) => row['index'])).toEqual(['7']);
    expect(Number(rows[0]?.['mean'])).toBeCloseTo(20, 1);
  });

  it('refuses a table whose order was turned: nothing is published', async () => {
    const turned = await writeAslDataset(join(folder, 'turned'), { MagneticFieldStrength: 3 }, [
      {
        subject: '1',
        context: ['control', 'label', 'control', 'label'],
        sidecar: {
          ArterialSpinLabelingType: 'PCASL',
          PostLabelingDelay: 1.8,
          LabelingDuration: 1.8,
          MRAcquisitionType: '3D',
          BackgroundSuppression: false,
          RepetitionTimePreparation: 6,
          M0Type: 'Absent',
        },
        // In truth the first volume is a label.
        signal: (volume, voxel) => equilibrium(voxel) - (volume % 2 === 0 ? pcaslLabel(voxel, 0.85) : 0),
      },
    ]);
    const place = join(folder, 'turned-out');
    const { code, stdout, stderr } = await runCli(
      ['run', 'cbf', '--data', turned, '--out', place, '--yes', ...pythonOptions],
      pythonVariables(folder),
    );
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('are control and label the wrong way round?');
    expect(existsSync(join(place, 'derivatives', 'pet-asl-cbf', 'sub-1', 'perf', 'sub-1_cbf.nii.gz'))).toBe(
      false,
    );
  });
});
