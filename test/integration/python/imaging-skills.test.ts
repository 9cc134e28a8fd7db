import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import type { Affine } from '../../../src/imaging/affine.js';
import { readDicomHeader } from '../../../src/imaging/dicom-header.js';
import { readNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { readVoxels } from '../../../src/imaging/voxel-stream.js';
import { hasTestData, testData } from '../../support/data.js';
import { openPythonNeuro } from '../../support/python-environment.js';
import { runSkill, succeed, type SkillInputs, type SkillRun } from '../../support/run-skill.js';
import { readVolumes } from '../../unit/skills/volumes.js';
import { Attempts } from '../environments/support.js';

let environment: OpenEnvironment | undefined;
const attempts = new Attempts();
beforeAll(async () => {
  environment = await openPythonNeuro();
}, 600_000);
afterAll(() => attempts.remove());
beforeEach((context) => {
  if (environment === undefined) context.skip('python-neuro cannot be made here');
});

const attempt = (id: string, call: SkillInputs): Promise<SkillRun> =>
  runSkill(environment as OpenEnvironment, attempts.root, id, call);
const run = (id: string, call: SkillInputs): Promise<(output: string) => string> =>
  succeed(attempt(id, call));
interface LesionMeasures {
  readonly dsc: number;
  readonly false_positive_volume_ml: number;
  readonly false_negative_volume_ml: number;
  readonly voxel_volume_ml: number;
  readonly reference: { readonly lesions: number };
  readonly prediction: { readonly lesions: number };
}

const json = <Shape = Readonly<Record<string, number>>>(path: string): Shape =>
  JSON.parse(readFileSync(path, 'utf8')) as Shape;
const volumes = (path: string): ReturnType<typeof readVolumes> => readVolumes(readFileSync(path));
const voxelsOf = async (path: string): Promise<Float64Array> => readVoxels(await readNiftiHeader(path));
function write(name: string, content: string | object): string {
  const path = join(attempts.root, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const affine: Affine = [
  [-2, 0, 0, 9],
  [0, 2, 0, -9],
  [0, 0, 3, -5],
  [0, 0, 0, 1],
];
async function image(
  name: string,
  dims: readonly number[],
  value: (index: number) => number,
): Promise<string> {
  const path = join(attempts.root, name);
  const count = dims.reduce((product, n) => product * n, 1);
  await writeNifti(path, {
    dims,
    affine,
    datatype: 'float32',
    data: Float64Array.from({ length: count }, (_, index) => value(index)),
    repetitionTimeS: 4,
  });
  return path;
}
function table(text: string): Record<string, string>[] {
  const [head = '', ...lines] = text.trim().split('\n');
  const names = head.split('\t');
  return lines.map((line) => Object.fromEntries(line.split('\t').map((cell, i) => [names[i] ?? '', cell])));
}
const rows = (path: string): Record<string, string>[] => table(readFileSync(path, 'utf8'));
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
/** Repeatable numbers between 0 and 1. */
function randoms(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

describe('lesions', { timeout: 120_000 }, () => {
  it.skipIf(!hasTestData).each([
    ['a', 0.66042525136, 4.976383781, 18.711203018],
    ['b', 0.696734059098, 2.753599026, 25.014622475],
  ])('of prediction %s are measured as the challenge does, to 1e-9', async (name, dsc, fpv, fnv) => {
    const inputs = {
      reference: testData('pet-lesion', 'reference.nii.gz'),
      prediction: testData('pet-lesion', `prediction-${name}.nii.gz`),
    };
    const output = await run('lesion/measures', { inputs });
    const found = json<LesionMeasures>(output('measures'));
    expect(Math.abs(found.dsc - dsc)).toBeLessThan(1e-9);
    expect(Math.abs(found.false_positive_volume_ml - fpv)).toBeLessThan(1e-9);
    expect(Math.abs(found.false_negative_volume_ml - fnv)).toBeLessThan(1e-9);
    expect(found.voxel_volume_ml).toBe(0.033175891876220706);
    expect(rows(output('table')).filter((row) => row['image'] === 'reference')).toHaveLength(
      found.reference.lesions,
    );
  });

  it('are undefined, not 0 or 1, where the reference has none; corners do not join, edges do', async () => {
    const reference = await image('none.nii.gz', [6, 6, 6], () => 0);
    const at = (x: number, y: number, z: number): number => x + 6 * (y + 6 * z);
    const spots = new Set([at(1, 1, 1), at(2, 2, 1), at(3, 3, 2)]);
    const prediction = await image('spots.nii.gz', [6, 6, 6], (i) => (spots.has(i) ? 1 : 0));
    const output = await run('lesion/measures', { inputs: { reference, prediction } });
    const found = json<LesionMeasures>(output('measures'));
    expect(found).toMatchObject({ dsc: null, false_negative_volume_ml: null });
    expect(found.false_positive_volume_ml).toBeCloseTo(3 * 0.012, 6);
    // 18 neighbours: (1,1,1) and (2,2,1) share an edge, (3,3,2) only a corner.
    expect(found.prediction.lesions).toBe(2);
  });
});

describe('ASL', { timeout: 120_000 }, () => {
  const dims = [4, 4, 3];
  const voxels = 48;
  const sidecar = {
    ArterialSpinLabelingType: 'PCASL',
    PostLabelingDelay: 1.8,
    LabelingDuration: 1.8,
    MagneticFieldStrength: 3,
    MRAcquisitionType: '3D',
    BackgroundSuppression: false,
    M0Type: 'Separate',
    RepetitionTimePreparation: 4,
  };
  const cbf = (voxel: number): number => 20 + voxel;
  // Magnetisation difference for a known flow, written out from Alsop 2015, eq. 1, solved for dM.
  const m0 = 1000;
  const recovery = 1 - Math.exp(-2 / 1.3);
  const delta = (f: number): number =>
    (f * 2 * 0.85 * 1.65 * (m0 / recovery) * (1 - Math.exp(-1.8 / 1.65))) /
    (6000 * 0.9 * Math.exp(1.8 / 1.65));
  async function asl(types: readonly string[], meta: object): Promise<SkillRun> {
    return attempt('asl/cbf', {
      inputs: {
        asl: await image('asl.nii.gz', [...dims, 4], (i) => {
          const odd = Math.floor(i / voxels) % 2 === 1;
          return 500 - (odd ? delta(cbf(i % voxels)) : 0);
        }),
        context: write('aslcontext.tsv', `volume_type\n${types.join('\n')}\n`),
        sidecar: write('asl.json', meta),
        mask: await image('mask.nii.gz', dims, () => 1),
        m0: await image('m0.nii.gz', dims, () => m0),
        m0_sidecar: write('m0.json', { RepetitionTimePreparation: 2 }),
      },
    });
  }
  const order = ['control', 'label', 'control', 'label'];

  it('gives back the flow that the images were made of', async () => {
    const output = await succeed(asl(order, sidecar));
    const found = volumes(output('cbf')).data;
    for (let voxel = 0; voxel < voxels; voxel++)
      expect(Math.abs((found[voxel] ?? 0) - cbf(voxel))).toBeLessThan(0.01);
    expect(json(output('result')).m0_recovery).toBeCloseTo(recovery, 9);
  });

  it('later slices of a 2D readout get a longer delay', async () => {
    const meta = { ...sidecar, MRAcquisitionType: '2D', SliceTiming: [0, 0.5, 1] };
    const output = await succeed(asl(order, meta));
    const last = volumes(output('cbf')).data[32] ?? 0;
    expect(last / cbf(32)).toBeCloseTo(Math.exp(1 / 1.65), 4);
  });

  it.each([
    [
      'the wrong way round',
      ['label', 'control', 'label', 'control'],
      /in 100% of the pairs.*wrong way round/,
    ],
    ['turned round half way', ['control', 'label', 'label', 'control'], /in 50% of the pairs/],
    ['with a row too many', [...order, 'control'], /5 rows, the image 4 volumes/],
    ['without labels', ['control', 'control', 'control', 'control'], /0 label volumes/],
  ])('a table of control and label %s is refused', async (_what, types, reason) => {
    const swapped = await asl(types, sidecar);
    expect([swapped.exit.exitCode, swapped.said]).toEqual([2, expect.stringMatching(reason)]);
  });

  it('continuous labelling loses more of the label: 0.68, not the 0.85 of PCASL (Wang 2005)', async () => {
    const output = await succeed(asl(order, { ...sidecar, ArterialSpinLabelingType: 'CASL' }));
    expect((volumes(output('cbf')).data[5] ?? 0) / cbf(5)).toBeCloseTo(0.85 / 0.68, 4);
  });

  it.each([
    ['PostLabelingDelay in ms', { PostLabelingDelay: 1800 }, /PostLabelingDelay is 1800.*ms/],
    ['LabelingDuration in ms', { LabelingDuration: 1800 }, /LabelingDuration is 1800.*ms/],
    ['several delays', { PostLabelingDelay: [1, 1, 2, 2] }, /single value/],
    ['an unknown field strength', { MagneticFieldStrength: 7 }, /T1 of blood/],
    ['PASL without cut-off', { ArterialSpinLabelingType: 'PASL' }, /BolusCutOffFlag/],
    [
      'QUIPSS, whose bolus is TI - TI1',
      {
        ArterialSpinLabelingType: 'PASL',
        BolusCutOffFlag: true,
        BolusCutOffDelayTime: 0.7,
        BolusCutOffTechnique: 'QUIPSS',
      },
      /BolusCutOffTechnique is 'QUIPSS', expected QUIPSSII or Q2TIPS/,
    ],
    [
      'M0 from controls whose background was suppressed',
      { M0Type: 'Absent', BackgroundSuppression: true },
      /controls stand for it only where BackgroundSuppression is false/,
    ],
  ])('%s is refused with a reason', async (_what, change, reason) => {
    const refused = await asl(order, { ...sidecar, ...change });
    expect(refused.exit.exitCode).toBe(2);
    expect(refused.said).toMatch(reason);
  });

  it('PASL follows eq. 3', async () => {
    const meta = {
      ...sidecar,
      ArterialSpinLabelingType: 'PASL',
      BolusCutOffFlag: true,
      BolusCutOffDelayTime: 0.8,
      BolusCutOffTechnique: 'QUIPSSII',
    };
    const found = volumes((await succeed(asl(order, meta)))('cbf')).data[5] ?? 0;
    const dM = delta(cbf(5));
    const truth = (6000 * 0.9 * dM * Math.exp(1.8 / 1.65)) / (2 * 0.98 * 0.8 * (m0 / recovery));
    expect(Math.abs(found - truth)).toBeLessThan(0.01);
  });
});

describe('PET', { timeout: 120_000 }, () => {
  const dims = [6, 6, 6];
  const voxels = 216;
  const label = (voxel: number): number => 1 + Math.floor(voxel / 72);
  const uptake = [1000, 1500, 3000];
  const meta = {
    Units: 'Bq/mL',
    ImageDecayCorrected: true,
    FrameTimesStart: [0, 60, 180],
    FrameDuration: [60, 120, 300],
  };
  const factor = [9, 2, 1];
  async function suvr(change: object, params: SkillInputs['params'] = {}): Promise<SkillRun> {
    return attempt('pet/suvr', {
      inputs: {
        pet: await image('pet.nii.gz', [...dims, 3], (i) => {
          const [frame, voxel] = [Math.floor(i / voxels), i % voxels];
          // The first frame has another ratio: averaging it in would show.
          const value = uptake[label(voxel) - 1] ?? 0;
          return frame === 0 ? 5000 : value * (factor[frame] ?? 0) + (voxel % 2 === 0 ? 10 : -10);
        }),
        sidecar: write('pet.json', { ...meta, ...change }),
        labels: await image('labels.nii.gz', dims, (i) => label(i)),
      },
      params: { reference_labels: [1], start: 60, ...params },
    });
  }

  it('of late frames, weighted by their duration, gives the ratios that were put in', async () => {
    const output = await succeed(suvr({}));
    const result = json(output('result'));
    expect(result).toMatchObject({ frames: [1, 2], window_s: [60, 480] });
    expect(result.reference_mean_bq_ml).toBeCloseTo((1000 * (2 * 120 + 300)) / 420, 2);
    expect(rows(output('table')).map((row) => Number(row['suvr_mean']).toFixed(5))).toEqual([
      '1.00000',
      '1.50000',
      '3.00000',
    ]);
  });

  it('counts the window from the injection, not from the first frame', async () => {
    const output = await succeed(suvr({ InjectionStart: 60 }, { start: 0, end: 120 }));
    expect(json(output('result'))).toMatchObject({ frames: [1], window_s: [0, 120] });
  });

  it.each([
    ['other units', { Units: 'g/mL' }, {}, /Units is 'g\/mL'/],
    ['frames without decay correction', { ImageDecayCorrected: false }, {}, /decay correction/],
    ['a duration too few', { FrameDuration: [60, 120] }, {}, /FrameDuration has 2 values/],
    ['frames that overlap', { FrameDuration: [100, 120, 300] }, {}, /overlap/],
    ['times in ms', { FrameTimesStart: [0, 6e7, 18e7], FrameDuration: [6e7, 12e7, 3e8] }, {}, /ms/],
    ['a reference that is not there', {}, { reference_labels: [9] }, /label 9 has no voxel/],
    ['a window without frames', {}, { start: 400 }, /no frame lies in the window/],
    [
      'a window that ends after the scan',
      {},
      { end: 600 },
      /reaches beyond the scan, which lasts from 0 to 480 s/,
    ],
    [
      'a window with a gap',
      { FrameTimesStart: [0, 60, 280] },
      {},
      /100 of the 520 s of the window were not scanned/,
    ],
  ])('%s is refused', async (_what, change, params, reason) => {
    const refused = await suvr(change, params);
    expect([refused.exit.exitCode, refused.said]).toEqual([2, expect.stringMatching(reason)]);
  });
});

describe('ComBat', { timeout: 120_000 }, () => {
  const measures = ['a', 'b', 'c', 'd', 'e', 'f'];
  /** Sites differ in shift and scale, age has a slope; a third of the rows is for testing. */
  function data(change = 0): string {
    const next = randoms(7);
    const normal = (): number => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
    const lines = Array.from({ length: 120 }, (_, row) => {
      const [site, age, train] = [row % 2, 20 + 60 * next(), row % 3 !== 0];
      const values = measures.map((_name, m) => {
        const noise = normal();
        const value = 10 + m + 0.05 * age + (site === 1 ? 1.5 + 0.2 * m + 2 * noise : noise);
        return value + (train ? 0 : change);
      });
      return [`sub-${row}`, site === 1 ? 'york' : 'bonn', age, train, ...values].join('\t');
    });
    return ['participant_id\tsite\tage\ttrain\t' + measures.join('\t'), ...lines].join('\n') + '\n';
  }
  const params = { site: 'site', measures, covariates: ['age'], train: 'train' };
  const combat = (text: string, more: object = {}): Promise<SkillRun> =>
    attempt('statistics/combat', {
      inputs: { table: write('sites.tsv', text) },
      params: { ...params, ...more },
    });

  it('takes shift and scale of sites out and keeps the effect of age', async () => {
    const output = await succeed(combat(data()));
    const after = rows(output('harmonised'));
    for (const name of measures) {
      const of = (site: string): number[] =>
        after
          .filter((row) => row['site'] === site)
          .map((row) => Number(row[name]) - 0.05 * Number(row['age']));
      expect(Math.abs(mean(of('york')) - mean(of('bonn')))).toBeLessThan(0.6);
      const spread = (values: number[]): number =>
        Math.sqrt(mean(values.map((v) => (v - mean(values)) ** 2)));
      const ratio = spread(of('york')) / spread(of('bonn'));
      expect(ratio).toBeGreaterThan(0.7);
      expect(ratio).toBeLessThan(1.4);
    }
    // Over all measures: the slope of one has a standard error of a sixth of it.
    const ages = after.map((row) => Number(row['age']));
    const variance = mean(ages.map((age) => (age - mean(ages)) ** 2));
    const slopes = measures.map(
      (name) => mean(after.map((row) => Number(row[name]) * (Number(row['age']) - mean(ages)))) / variance,
    );
    expect(mean(slopes)).toBeGreaterThan(0.04);
    expect(mean(slopes)).toBeLessThan(0.06);
  });

  it('does not learn from test rows: other values in them leave the fit as it was', async () => {
    const model = async (text: string, more: object = {}): Promise<string> =>
      readFileSync((await succeed(combat(text, more)))('model'), 'utf8');
    const fitted = await model(data());
    expect(await model(data(50))).toBe(fitted);
    // The guard can see: without the column of training rows they do change it.
    const { train: _train, ...all } = params;
    const whole = async (text: string): Promise<string> =>
      readFileSync(
        (
          await succeed(
            attempt('statistics/combat', { inputs: { table: write('sites.tsv', text) }, params: all }),
          )
        )('model'),
        'utf8',
      );
    expect(await whole(data(0.5))).not.toBe(await whole(data()));
  });

  it('without shrinkage the training rows of each site have one mean and one variance', async () => {
    const output = await succeed(combat(data(), { no_shrinkage: true }));
    const result = json(output('result'));
    expect(result.largest_site_difference_after_sd).toBeLessThan(
      (result.largest_site_difference_before_sd ?? NaN) / 3,
    );
    const slopes = json<{ covariates: { age: Record<string, number> } }>(output('model')).covariates.age;
    const train = rows(output('harmonised')).filter((row) => row['train'] === 'true');
    for (const name of measures) {
      const of = (site: string): number =>
        mean(
          train
            .filter((row) => row['site'] === site)
            .map((row) => Number(row[name]) - (slopes[name] ?? NaN) * Number(row['age'])),
        );
      expect(of('york')).toBeCloseTo(of('bonn'), 9);
    }
  });

  it.each([
    ['a covariate that is the site', { covariates: ['site2'] }, /cannot be told apart/],
    ['a site without training rows', {}, /no training row/],
  ])('%s is refused', async (what, more, reason) => {
    const lines = data().trim().split('\n');
    const text = lines
      .map((line, i) => `${line}\t${i === 0 ? 'site2' : line.includes('york') ? '1' : '2'}`)
      .concat(what.startsWith('a site') ? [`sub-x\tparis\t30\tfalse\t1\t2\t3\t4\t5\t6\t3`] : [])
      .join('\n');
    const refused = await combat(`${text}\n`, more);
    expect([refused.exit.exitCode, refused.said]).toEqual([2, expect.stringMatching(reason)]);
  });
});

describe('groups', { timeout: 120_000 }, () => {
  const next = randoms(11);
  const people = Array.from({ length: 24 }, (_, i) => ({
    group: i % 2 === 0 ? 'patient' : 'control',
    thick: 2.5 + (i % 2 === 0 ? -0.6 : 0) + 0.5 * next(),
    noise: next(),
  }));
  const text =
    [
      'participant_id\tgroup\tthick\tnoise',
      ...people.map((p, i) => `sub-${i}\t${p.group}\t${p.thick}\t${p.noise}`),
    ].join('\n') + '\n';
  const params = {
    group: 'group',
    compare: ['patient', 'control'],
    measures: ['thick', 'noise'],
    permutations: 500,
  };

  it('without covariates give the t of the textbook, with sign, and corrected p in order', async () => {
    const output = await run('statistics/group-glm', {
      inputs: { table: write('groups.tsv', text) },
      params,
    });
    const [thick, noise] = rows(output('comparisons'));
    const [a, b] = ['patient', 'control'].map((name) =>
      people.filter((p) => p.group === name).map((p) => p.thick),
    );
    const variance = (v: number[]): number =>
      v.reduce((sum, x) => sum + (x - mean(v)) ** 2, 0) / (v.length - 1);
    const [va, vb] = [variance(a ?? []), variance(b ?? [])];
    const difference = mean(a ?? []) - mean(b ?? []);
    const pooled = (va + vb) / 2;
    expect(Number(thick?.['difference'])).toBeCloseTo(difference, 10);
    expect(Number(thick?.['t'])).toBeCloseTo(difference / Math.sqrt(pooled / 6), 9);
    expect(Number(thick?.['welch_t'])).toBeCloseTo(difference / Math.sqrt(va / 12 + vb / 12), 9);
    const ratio = (va / 12 + vb / 12) ** 2 / ((va / 12) ** 2 / 11 + (vb / 12) ** 2 / 11);
    expect(Number(thick?.['welch_df'])).toBeCloseTo(ratio, 8);
    expect(Number(thick?.['hedges_g'])).toBeCloseTo(
      (1 - 3 / (4 * 22 - 1)) * (difference / Math.sqrt(pooled)),
      9,
    );
    expect(Number(thick?.['p'])).toBeLessThan(0.001);
    expect(Number(thick?.['p_fwe'])).toBeLessThan(0.01);
    expect(Number(noise?.['p_fwe'])).toBeGreaterThanOrEqual(Number(noise?.['p']) * 0.5);
    expect(Number(thick?.['p_fdr'])).toBeCloseTo(2 * Number(thick?.['p']), 12);
    const design = rows(output('design'));
    expect(design.map((row) => Number(row['group[patient]']))).toEqual(
      people.map((p) => (p.group === 'patient' ? 1 : 0)),
    );
  });

  it('repeat with one seed; a covariate that is the group and an unknown group are refused', async () => {
    const once = await run('statistics/group-glm', { inputs: { table: write('groups.tsv', text) }, params });
    const first = readFileSync(once('comparisons'), 'utf8');
    const again = await run('statistics/group-glm', { inputs: { table: write('groups.tsv', text) }, params });
    expect(readFileSync(again('comparisons'), 'utf8')).toBe(first);
    const twin = text
      .split('\n')
      .map((line, i) =>
        line === '' ? '' : `${line}\t${i === 0 ? 'twin' : line.includes('patient') ? 1 : 0}`,
      )
      .join('\n');
    const refused = await attempt('statistics/group-glm', {
      inputs: { table: write('twin.tsv', twin) },
      params: { ...params, covariates: ['twin'] },
    });
    expect(refused.said).toMatch(/cannot be told apart/);
    const unknown = await attempt('statistics/group-glm', {
      inputs: { table: write('groups.tsv', text) },
      params: { ...params, compare: ['patient', 'Control'] },
    });
    expect(unknown.said).toMatch(/no row with group Control/);
  });
});

describe.skipIf(!hasTestData)('leaving people unnamed', { timeout: 120_000 }, () => {
  const t1w = testData('bids', 'adult-t1w', 'sub-01', 'anat', 'sub-01_T1w.nii.gz');
  const brain = testData(
    'bids',
    'adult-t1w',
    'derivatives',
    'freesurfer-labels',
    'sub-01',
    'anat',
    'sub-01_desc-brain_mask.nii.gz',
  );

  it('deface/quickshear takes the face and no brain, in whatever order the axes are', async () => {
    const straight = await run('deface/quickshear', { inputs: { image: t1w, brain } });
    const result = json(straight('result'));
    expect(result.brain_voxels_removed).toBe(0);
    expect(result.face_region_removed).toBeGreaterThan(0.95);
    const [before, after, mask] = [volumes(t1w), volumes(straight('defaced')), volumes(brain)];
    const at = (x: number, y: number, z: number): number => x + 96 * (y + 128 * z);
    // RAS+: the mouth lies in front and below; the back of the head at the same height stays.
    expect(before.data[at(48, 100, 40)]).toBeGreaterThan(20);
    expect(after.data[at(48, 100, 40)]).toBe(0);
    expect(after.data[at(48, 20, 60)]).toBe(before.data[at(48, 20, 60)]);
    expect(mask.data.every((inside, i) => inside === 0 || after.data[i] === before.data[i])).toBe(true);
    const turned = await Promise.all(
      [t1w, brain].map(async (file) =>
        (await run('nibabel/reorient', { inputs: { image: file }, params: { orientation: 'PIL' } }))(
          'reoriented',
        ),
      ),
    );
    const other = await run('deface/quickshear', {
      inputs: { image: turned[0] ?? '', brain: turned[1] ?? '' },
    });
    expect(json(other('result')).removed_voxels).toBe(result.removed_voxels);
  });

  it('nibabel skills resample labels, measure them and stack volumes', async () => {
    const labels = testData(
      'bids',
      'adult-t1w',
      'derivatives',
      'freesurfer-labels',
      'sub-01',
      'anat',
      'sub-01_atlas-desikan_dseg.nii.gz',
    );
    const resampled = await run('nibabel/resample', {
      inputs: { image: labels, reference: t1w },
      params: { interpolation: 'nearest', labels: true },
    });
    const known = new Set(await voxelsOf(labels));
    expect([...new Set(await voxelsOf(resampled('resampled')))].filter((value) => !known.has(value))).toEqual(
      [],
    );
    const invented = await attempt('nibabel/resample', {
      inputs: { image: labels, reference: t1w },
      params: { interpolation: 'linear', labels: true },
    });
    expect(invented.said).toMatch(/would invent labels/);
    const wrongGrid = await attempt('nibabel/label-statistics', { inputs: { labels, image: t1w } });
    expect(wrongGrid.exit.exitCode).toBe(2);
    expect(wrongGrid.said).toMatch(/labels and image.*grids differ/);
    const found = rows(
      (await run('nibabel/label-statistics', { inputs: { labels: resampled('resampled'), image: t1w } }))(
        'table',
      ),
    );
    const [pixels, image_] = [await voxelsOf(resampled('resampled')), volumes(t1w).data];
    expect(known.size).toBeGreaterThan(50);
    const inside = [...image_].filter((_, i) => pixels[i] === 5);
    const row = found.find((each) => each['index'] === '5');
    expect(Number(row?.['voxels'])).toBe(inside.length);
    expect(Number(row?.['mean'])).toBeCloseTo(mean(inside), 6);
    const series = await run('nibabel/stack', {
      inputs: { images: [t1w, t1w] },
      params: { repetition_time: 2.5 },
    });
    expect(volumes(series('series'))).toMatchObject({ volumes: 2 });
    expect(volumes(series('series')).pixdim[3]).toBe(2.5);
  });

  it('dicom/deidentify leaves no planted name, date or UID in any byte, and every pixel as it was', async () => {
    const source = readFileSync(testData('dicom', 'siemens-trio-dti20', '0001.dcm'));
    const planted = 'Mustermann^Erika';
    // PatientName is a PN of its own length: the element is replaced whole, explicit little endian (PS3.5 7.1.2).
    const name = source.indexOf(Buffer.from([0x10, 0, 0x10, 0, 0x50, 0x4e]));
    expect(name).toBeGreaterThan(0);
    const element = Buffer.concat([
      Buffer.from([0x10, 0, 0x10, 0, 0x50, 0x4e, planted.length, 0]),
      Buffer.from(planted),
    ]);
    const bytes = Buffer.concat([
      source.subarray(0, name),
      element,
      source.subarray(name + 8 + source.readUInt16LE(name + 6)),
    ]);
    const folder = join(attempts.root, 'patient');
    mkdirSync(folder);
    writeFileSync(join(folder, 'Mustermann_1.dcm'), bytes);
    const key = write('key.txt', '000102030405060708090a0b0c0d0e0f');
    const output = await run('dicom/deidentify', {
      inputs: { dicoms: folder, key },
      params: { keep_private: ['SIEMENS CSA HEADER'] },
    });
    const cleanFolder = output('deidentified');
    const [file = ''] = readdirSync(cleanFolder);
    const clean = readFileSync(join(cleanFolder, file));
    const before = await readDicomHeader(join(folder, 'Mustermann_1.dcm'));
    const pixels = bytes.subarray(bytes.length - 816 * 816 * 2);
    expect(clean.includes(pixels)).toBe(true);
    const text = clean.toString('latin1') + output('report') + readFileSync(output('report'), 'utf8');
    for (const secret of [
      'Mustermann',
      'Erika',
      before?.seriesUid ?? '-',
      before?.studyUid ?? '-',
      before?.studyDate ?? '-',
    ])
      expect([secret, text.includes(secret)]).toEqual([secret, false]);
    const again = await run('dicom/deidentify', { inputs: { dicoms: folder, key } });
    const [twice, once] = await Promise.all(
      [again('deidentified'), cleanFolder].map((each) => readDicomHeader(join(each, file))),
    );
    expect(twice?.seriesUid).toBe(once?.seriesUid);
    const weak = await attempt('dicom/deidentify', {
      inputs: { dicoms: folder, key: write('short.txt', 'abc') },
    });
    expect(weak.said).toMatch(/can be guessed/);
  });
});
