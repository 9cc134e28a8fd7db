import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { niftiBytes } from '../../../src/imaging/nifti-write.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { compile, messages } from './support.js';

const affine = [
  [3, 0, 0, 0],
  [0, 3, 0, 0],
  [0, 0, 3, 0],
  [0, 0, 0, 1],
] as const;

function put(root: string, path: string, content: string | object | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  const text = typeof content === 'string' || content instanceof Uint8Array;
  writeFileSync(join(root, path), text ? content : JSON.stringify(content));
}

function image(volumes: number): Uint8Array {
  const dims = volumes === 1 ? [3, 3, 3] : [3, 3, 3, volumes];
  const data = Float32Array.from({ length: 27 * volumes }, (_, index) => index % 5);
  return niftiBytes({ dims, affine, datatype: 'float32', data, repetitionTimeS: 4 });
}

const errors = (stage: Parameters<typeof messages>[0]): string[] =>
  messages(stage).filter((message) => message.startsWith('error'));

describe('pet-asl/cbf', () => {
  const pcasl = {
    ArterialSpinLabelingType: 'PCASL',
    PostLabelingDelay: 1.8,
    LabelingDuration: 1.8,
    MagneticFieldStrength: 3,
    MRAcquisitionType: '3D',
    BackgroundSuppression: true,
    RepetitionTimePreparation: 4,
    M0Type: 'Separate',
  };
  const order = ['control', 'label', 'control', 'label'];
  interface Change {
    readonly meta?: Record<string, unknown>;
    readonly context?: readonly string[];
    /** Sidecar of the M0 scan; null: there is none. */
    readonly m0?: Record<string, unknown> | null;
  }
  async function compiled({ meta = {}, context = order, m0 = {} }: Change, params = {}) {
    const bids = temporaryFolder();
    put(bids, 'dataset_description.json', { Name: 'x', BIDSVersion: '1.10.0' });
    const perf = 'sub-1/perf/sub-1';
    put(bids, `${perf}_asl.nii`, image(4));
    const all = Object.entries({ ...pcasl, ...meta }).filter(([, value]) => value !== null);
    put(bids, `${perf}_asl.json`, Object.fromEntries(all));
    put(bids, `${perf}_aslcontext.tsv`, `volume_type\n${context.join('\n')}\n`);
    if (m0 !== null) {
      put(bids, `${perf}_m0scan.nii`, image(1));
      put(bids, `${perf}_m0scan.json`, { RepetitionTimePreparation: 6, ...m0 });
    }
    return compile({ pipeline: 'pet-asl/cbf', data: { bids }, params });
  }

  it('compiles a series with its own M0 scan', async () => {
    const stage = await compiled({ m0: { IntendedFor: ['bids::sub-1/perf/sub-1_asl.nii'] } });
    expect(errors(stage)).toEqual([]);
    const job = stage.jobs.find(({ step }) => step === 'cbf');
    expect(job?.sidecar).toMatchObject({
      'sidecar.PostLabelingDelay': 1.8,
      'm0_sidecar.RepetitionTimePreparation': 6,
    });
    expect(job?.argv.join(' ')).toContain('--m0 /in/m0/sub-1_m0scan.nii');
  });

  it('takes M0 of the series, whose volume was not labelled', async () => {
    const meta = {
      M0Type: 'Included',
      PostLabelingDelay: [0, 1.8, 1.8, 1.8],
      LabelingDuration: [0, 1.8, 1.8, 1.8],
      RepetitionTimePreparation: [8, 4, 4, 4],
    };
    expect(
      errors(await compiled({ meta, context: ['m0scan', 'control', 'label', 'n/a'], m0: null })),
    ).toEqual([]);
  });

  it.each<[string, Change, RegExp, string]>([
    [
      'a delay in ms',
      { meta: { PostLabelingDelay: 1800 } },
      /PostLabelingDelay of .* is 1800$/,
      'may be milliseconds',
    ],
    ['no delay', { meta: { PostLabelingDelay: null } }, /PostLabelingDelay of .* is missing/, 'a time in s'],
    [
      'several delays',
      { meta: { PostLabelingDelay: [1, 1, 2, 2] } },
      /has 2 delays, from 1 to 2 s/,
      'arrival times',
    ],
    ['no duration', { meta: { LabelingDuration: null } }, /LabelingDuration of .* is missing/, 'a time in s'],
    [
      'another labelling',
      { meta: { ArterialSpinLabelingType: 'VSASL' } },
      /is "VSASL"/,
      'PCASL, CASL or PASL',
    ],
    ['7 T', { meta: { MagneticFieldStrength: 7 } }, /for which T1 of blood is not known/, 't1_blood_s'],
    ['PASL without cut-off', { meta: { ArterialSpinLabelingType: 'PASL' } }, /was not cut off/, 'QUIPSS II'],
    ['a row too few', { context: order.slice(1) }, /has 3 rows, the image 4 volumes/, 'one row a volume'],
    [
      'labels without controls',
      { context: ['label', 'label', 'm0scan', 'm0scan'] },
      /0 control and 2 label/,
      'as many',
    ],
    [
      'flow of the scanner',
      { context: ['cbf', 'cbf', 'cbf', 'cbf'] },
      /that the scanner computed/,
      'control and label',
    ],
    ['no M0 scan', { m0: null }, /M0Type of .* is Separate, and no m0scan is beside it/, 'an m0scan in perf'],
    [
      'M0 of another series',
      { m0: { IntendedFor: 'perf/sub-1_run-2_asl.nii' } },
      /is for sub-1_run-2_asl.nii, not/,
      'IntendedFor',
    ],
    [
      'M0 without repetition time',
      { m0: { RepetitionTimePreparation: 'long' } },
      /which M0 is corrected with/,
      'a time in s',
    ],
    [
      'suppressed controls in place of M0',
      { meta: { M0Type: 'Absent' }, m0: null },
      /its controls cannot stand for it: BackgroundSuppression is true/,
      'BackgroundSuppression false',
    ],
  ])('refuses %s before anything runs', async (_what, change, reason, expected) => {
    const found = (await compiled(change)).findings.filter(({ severity }) => severity === 'error');
    expect(found.map(({ message }) => message).join('\n')).toMatch(reason);
    expect(found.map((finding) => finding.expected).join('\n')).toContain(expected);
  });

  it('takes another T1 of blood where it is given', async () => {
    const change = { meta: { MagneticFieldStrength: 7 } };
    expect(errors(await compiled(change, { t1_blood_s: 2.1 }))).toEqual([]);
  });

  it.skipIf(!hasTestData).each([
    ['asl001', /is empty|no NIfTI|not|short/i],
    ['asl004', /has 6 delays, from 0.25 to 1.5 s/],
    ['2d_mb_pcasl', /has 5 delays, from 0.2 to 2.2 s/],
  ])('of the published layout %s is refused with a reason', async (name, reason) => {
    const stage = await compile({ pipeline: 'pet-asl/cbf', data: { bids: testData('bids-examples', name) } });
    expect(errors(stage).join('\n')).toMatch(reason);
  });
});

describe('pet-asl/suvr', () => {
  const dynamic = {
    Units: 'Bq/mL',
    TracerRadionuclide: 'F18',
    ImageDecayCorrected: true,
    InjectionStart: 0,
    FrameTimesStart: [0, 60, 180],
    FrameDuration: [60, 120, 300],
  };
  async function compiled(meta: Record<string, unknown>, params: Record<string, unknown> = {}, volumes = 3) {
    const bids = temporaryFolder();
    put(bids, 'dataset_description.json', { Name: 'x', BIDSVersion: '1.10.0' });
    put(bids, 'sub-1/pet/sub-1_pet.nii', image(volumes));
    const all = Object.entries({ ...dynamic, ...meta }).filter(([, value]) => value !== null);
    put(bids, 'sub-1/pet/sub-1_pet.json', Object.fromEntries(all));
    const labels = join(bids, 'derivatives', 'labels');
    put(labels, 'dataset_description.json', { Name: 'y', BIDSVersion: '1.10.0', DatasetType: 'derivative' });
    put(labels, 'sub-1/pet/sub-1_dseg.nii', image(1));
    return compile({
      pipeline: 'pet-asl/suvr',
      data: { bids },
      params: Object.fromEntries(
        Object.entries({ reference_labels: '1, 2', start_s: 60, end_s: 480, ...params }).filter(
          ([, value]) => value !== null,
        ),
      ),
    });
  }

  it('compiles a window inside the scan, with the regions of a derivative dataset', async () => {
    const stage = await compiled({});
    expect(errors(stage)).toEqual([]);
    const job = stage.jobs.find(({ step }) => step === 'suvr');
    expect(job?.params).toMatchObject({ reference_labels: [1, 2], start: 60, end: 480 });
    expect(job?.sidecar).toMatchObject({ 'sidecar.FrameDuration': [60, 120, 300] });
    expect(job?.sidecar).not.toHaveProperty('sidecar.TracerRadionuclide');
  });

  it('counts the window from the injection', async () => {
    expect(errors(await compiled({ InjectionStart: 60 }, { start_s: 0, end_s: 420 }))).toEqual([]);
    expect(errors(await compiled({ InjectionStart: 60 })).join('\n')).toMatch(/reaches beyond/);
  });

  it('takes factors of decay correction that fit the frames, and tells of those that do not', async () => {
    const factor = (start: number, duration: number): number => {
      const lambda = Math.LN2 / 6586.2;
      return (lambda * duration * Math.exp(lambda * start)) / (1 - Math.exp(-lambda * duration));
    };
    const late = { FrameTimesStart: [0, 1800, 3600], FrameDuration: [1800, 1800, 1800] };
    const params = { start_s: 1800, end_s: 5400 };
    const right = [0, 1800, 3600].map((start) => factor(start, 1800));
    expect(errors(await compiled({ ...late, DecayCorrectionFactor: right }, params))).toEqual([]);
    const other = await compiled(
      { ...late, DecayCorrectionFactor: right, TracerRadionuclide: 'C11' },
      params,
    );
    expect(errors(other).join('\n')).toMatch(
      /DecayCorrectionFactor .* grows 1.461 times over the scan; with its frames and C11 it would 7.732/,
    );
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, RegExp]>([
    ['a window after the scan', {}, { start_s: 400, end_s: 600 }, /from 400 to 600 s .* reaches beyond/],
    [
      'a window before the scan',
      { InjectionStart: -60 },
      { start_s: 30 },
      /from 30 to 480 s .* reaches beyond/,
    ],
    ['a window without a whole frame', {}, { start_s: 70, end_s: 170 }, /no frame of .* lies in the window/],
    ['a window that is turned round', {}, { start_s: 300, end_s: 100 }, /is empty/],
    ['no window', {}, { start_s: null, end_s: null }, /3 frames .* and no window was chosen/],
    [
      'a frame too few',
      { FrameTimesStart: [0, 60], FrameDuration: [60, 120] },
      {},
      /has 2 values, the image 3 frames/,
    ],
    [
      'durations that are end times',
      { FrameDuration: [60, 180, 480] },
      {},
      /frame 3 .* starts at 180 s, before frame 2 ends/,
    ],
    [
      'times in ms',
      { FrameTimesStart: [0, 6e7, 18e7], FrameDuration: [6e7, 12e7, 3e8] },
      {},
      /last 480000000 s/,
    ],
    [
      'frames without decay correction',
      { ImageDecayCorrected: false },
      {},
      /its 2 frames in the window have no common scale/,
    ],
    ['another unit', { Units: 'g/mL' }, {}, /Units of .* is "g\/mL"/],
    ['labels that are no numbers', {}, { reference_labels: 'pons' }, /pons is no whole number/],
  ])('refuses %s before anything runs', async (_what, meta, params, reason) => {
    expect(errors(await compiled(meta, params)).join('\n')).toMatch(reason);
  });

  it.skipIf(!hasTestData).each([
    ['pet001', /frame 3 of .* starts at 20 s, before frame 2 ends at 30 s/],
    ['pet005', /frames from 0 to 7260 s after the injection, and no window was chosen/],
  ])('of the published layout %s is refused with a reason', async (name, reason) => {
    const stage = await compile({
      pipeline: 'pet-asl/suvr',
      data: { bids: testData('bids-examples', name) },
      params: { reference_labels: '8,47' },
    });
    expect(errors(stage).join('\n')).toMatch(reason);
  });

  it.skipIf(!hasTestData)('finds the decay factors of published scans as they should be', async () => {
    const bids = temporaryFolder();
    cpSync(testData('bids-examples', 'pet002'), bids, { recursive: true });
    const stage = await compile({
      pipeline: 'pet-asl/suvr',
      data: { bids },
      params: { reference_labels: '8', start_s: 2400, end_s: 5400 },
    });
    const sidecar = readFileSync(join(bids, 'sub-02/ses-rescan/pet/sub-02_ses-rescan_pet.json'), 'utf8');
    expect(sidecar).toContain('DecayCorrectionFactor');
    expect(errors(stage).filter((message) => message.includes('DecayCorrectionFactor'))).toEqual([]);
  });
});
