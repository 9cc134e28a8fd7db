import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseFreesurferStats } from '../../../src/imaging/freesurfer-stats.js';
import { readMgh } from '../../../src/imaging/mgh.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { check, subject } from './subject.js';

/** In the form that mri_segstats documents (https://surfer.nmr.mgh.harvard.edu/fswiki/mri_segstats). */
const aseg = `# Title Segmentation Statistics
# subjectname sub-01
# Measure BrainSeg, BrainSegVol, Brain Segmentation Volume, 1193318.000000, mm^3
# Measure EstimatedTotalIntraCranialVol, eTIV, Estimated Total Intracranial Volume, 1577415.239904, mm^3
# NRows 2
# ColHeaders  Index SegId NVoxels Volume_mm3 StructName normMean normStdDev normMin normMax normRange
  1   4     9024     9272.7  Left-Lateral-Ventricle  36.0  12.2  12.0  84.0  72.0
  2  17     4120     4180.3  Left-Hippocampus        68.5   9.9  30.0  98.0  68.0
`;
const aparc = `# Table of FreeSurfer cortical parcellation anatomical statistics
# subjectname sub-01
# hemi lh
# Measure Cortex, MeanThickness, Mean Thickness, 2.41, mm
# ColHeaders StructName NumVert SurfArea GrayVol ThickAvg ThickStd MeanCurv GausCurv FoldInd CurvInd
bankssts                                 1334    898   2265  2.509 0.492     0.111     0.023       10     1.3
cuneus                                   2319   1489   2936  1.752 0.398     0.147     0.045       33     4.3
`;

describe('statistics of FreeSurfer', () => {
  it('are read with their measures, columns and rows', () => {
    const stats = parseFreesurferStats(aseg, 'aseg.stats');
    expect(stats).toMatchObject({ subject: 'sub-01', hemisphere: undefined });
    expect(stats.measures.map(({ field, value, unit }) => [field, value, unit])).toEqual([
      ['BrainSegVol', 1193318, 'mm^3'],
      ['eTIV', 1577415.239904, 'mm^3'],
    ]);
    expect(stats.rows[1]).toMatchObject({
      structure: 'Left-Hippocampus',
      values: { Volume_mm3: 4180.3, SegId: 17 },
    });
    expect(parseFreesurferStats(aparc, 'lh.aparc.stats')).toMatchObject({
      hemisphere: 'lh',
      rows: [{ structure: 'bankssts', values: { ThickAvg: 2.509 } }, { structure: 'cuneus' }],
    });
  });

  it.each([
    ['a row that is cut', aseg.replace('  68.5   9.9  30.0  98.0  68.0', ''), 'line'],
    ['a word for a number', aseg.replace('4180.3', 'error'), 'Volume_mm3'],
    ['no columns', aseg.replace(/# ColHeaders.*\n/, ''), 'columns'],
    ['a measure without a number', aseg.replace('1193318.000000', 'nan'), 'measure'],
  ])('are refused with %s', (_, text) => {
    expect(() => parseFreesurferStats(text, 'aseg.stats')).toThrow(/statistics of FreeSurfer/);
  });

  const stats = async (text: string): Promise<boolean> => {
    const path = join(temporaryFolder(), 'x.stats');
    writeFileSync(path, text);
    return (await check(subject(path), 'freesurfer.stats')).ok;
  };
  it('pass freesurfer.stats unless no brain has them', async () => {
    expect(await stats(aseg)).toBe(true);
    expect(await stats(aparc)).toBe(true);
    expect(await stats(aseg.replace('1577415.239904', '157741.5'))).toBe(false);
    expect(await stats(aseg.replace('1193318.000000', '1993318.0'))).toBe(false);
    expect(await stats(aseg.replace('4180.3', '-4180.3'))).toBe(false);
    expect(await stats(aparc.replace('2.509', '25.09'))).toBe(false);
    expect(await stats(aparc.split('\n').slice(0, 5).join('\n'))).toBe(false);
  });

  it('pass freesurfer.table with a number in every cell', async () => {
    const path = join(temporaryFolder(), 'table.tsv');
    const table = async (text: string): Promise<boolean> => {
      writeFileSync(path, text);
      return (await check(subject(path), 'freesurfer.table')).ok;
    };
    const sound =
      'Measure:volume\tLeft-Hippocampus\teTIV\nsub-01\t4180.3\t1577415.2\nsub-02\t3990\t1490000\n';
    expect(await table(sound)).toBe(true);
    for (const text of [
      sound.split('\n')[0]!,
      sound.replace('4180.3', 'n/a'),
      sound.replace('\t1490000', ''),
      'Measure:volume\ta\tb\nsub-01\t0\t0\n',
    ])
      expect(await table(text)).toBe(false);
  });
});

describe('freesurfer.table', () => {
  const header = 'Measure:volume\tLeft-Hippocampus\teTIV';
  const verdict = async (names: readonly string[], params = {}): Promise<boolean> => {
    const path = join(temporaryFolder(), 'table.tsv');
    writeFileSync(path, [header, ...names.map((name) => `${name}\t4180.3\t1577415.2`), ''].join('\n'));
    const asked = { ...subject(path), params: { subjects: ['sub-01', 'sub-02'], ...params } };
    return (await check(asked, 'freesurfer.table')).ok;
  };
  it('wants a row for each subject that was asked for', async () => {
    expect(await verdict(['sub-01', 'sub-02'])).toBe(true);
    expect(await verdict(['sub-01'])).toBe(false);
    expect(await verdict(['sub-01', 'sub-01'])).toBe(false);
    expect(await verdict(['sub-01', 'sub-03'])).toBe(false);
    expect(await verdict(['sub-01'], { skip_missing: true })).toBe(true);
  });
});

/** A binary triangle surface: an octahedron of 120 mm, or what is made of it. */
function surface(path: string, triangles = octahedron, scale = 60): void {
  const points = [1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1].map((value) => value * scale);
  const header = Buffer.from('\xff\xff\xfecreated by a test\n\n', 'latin1');
  const body = Buffer.alloc(8 + 4 * (points.length + triangles.length));
  body.writeInt32BE(points.length / 3, 0);
  body.writeInt32BE(triangles.length / 3, 4);
  points.forEach((value, n) => body.writeFloatBE(value, 8 + 4 * n));
  triangles.forEach((value, n) => body.writeInt32BE(value, 8 + 4 * (points.length + n)));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat([header, body]));
}
const octahedron = [0, 2, 4, 2, 1, 4, 1, 3, 4, 3, 0, 4, 2, 0, 5, 1, 2, 5, 3, 1, 5, 0, 3, 5];

describe('freesurfer.surface', () => {
  const path = join(temporaryFolder(), 'lh.white');
  const verdict = async (triangles?: number[], scale?: number): Promise<boolean> => {
    surface(path, triangles, scale);
    return (await check(subject(path), 'freesurfer.surface')).ok;
  };
  it('passes a closed surface', async () => {
    expect(await verdict()).toBe(true);
  });
  it('sees a hole, a triangle of points that are not there, and another size than a brain', async () => {
    expect(await verdict(octahedron.slice(3))).toBe(false);
    expect(await verdict([...octahedron.slice(3), 0, 2, 9])).toBe(false);
    expect(await verdict(octahedron, 0.06)).toBe(false);
    writeFileSync(path, 'lh.white');
    expect((await check(subject(path), 'freesurfer.surface')).ok).toBe(false);
  });
});

/** An MGH image of 2x2x2 short integers. */
function mgh(path: string, values: readonly number[] = [0, 2, 3, 4, 10, 17, 41, 42]): void {
  const bytes = Buffer.alloc(284 + 16);
  [1, 2, 2, 2, 1, 4, 0].forEach((value, n) => bytes.writeInt32BE(value, 4 * n));
  values.forEach((value, n) => bytes.writeInt16BE(value, 284 + 2 * n));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

describe('images of FreeSurfer', () => {
  it.skipIf(!hasTestData)('are read: a real parcellation', async () => {
    const file = testData(
      'bids/adult-t1w/derivatives/freesurfer-labels/sub-01/anat/sub-01_desc-aparcaseg_dseg.mgz',
    );
    const { header, voxels } = await readMgh(file);
    expect(header.dims[3]).toBe(1);
    expect(header.voxelSizes.every((size) => size > 0.5 && size < 3)).toBe(true);
    const labels = new Set(voxels);
    // Left and right cerebral white matter, hippocampus, and the first region of the Desikan-Killiany atlas.
    for (const label of [2, 41, 17, 53, 1001, 2001]) expect(labels.has(label)).toBe(true);
    expect(await check(subject(file), 'mgh.readable', { labels: true, min: 0 })).toMatchObject({ ok: true });
  });

  it('mgh.readable sees a cut file, a constant image, values out of range', async () => {
    const path = join(temporaryFolder(), 'aseg.mgh');
    mgh(path);
    expect(await check(subject(path), 'mgh.readable', { labels: true })).toMatchObject({ ok: true });
    expect(await check(subject(path), 'mgh.readable', { max: 10 })).toMatchObject({ ok: false });
    mgh(path, [1, 1, 1, 1, 1, 1, 1, 1]);
    expect(await check(subject(path), 'mgh.readable')).toMatchObject({ ok: false });
    writeFileSync(path, Buffer.alloc(200));
    expect(await check(subject(path), 'mgh.readable')).toMatchObject({ ok: false });
  });
});

describe('transform.lta', () => {
  const lta = (rows: string): string =>
    `type      = 1 # LINEAR_RAS_TO_RAS\nnxforms   = 1\nmean      = 0 0 0\nsigma     = 1.0\n1 4 4\n${rows}\nsrc volume info\n`;
  const rigid = '1 0 0 2.5\n0 0.999 -0.04 0\n0 0.04 0.999 0\n0 0 0 1';
  const verdict = async (text: string): Promise<boolean> => {
    const path = join(temporaryFolder(), 'x.lta');
    writeFileSync(path, text);
    return (await check(subject(path), 'transform.lta', { rigid: true })).ok;
  };
  it('passes a rotation and sees a mirror, another size and a file that is cut', async () => {
    expect(await verdict(lta(rigid))).toBe(true);
    expect(await verdict(lta(rigid.replace('1 0 0 2.5', '-1 0 0 2.5')))).toBe(false);
    expect(await verdict(lta(rigid.replace('1 0 0 2.5', '1.2 0 0 2.5')))).toBe(false);
    expect(await verdict(lta(rigid).split('\n').slice(0, 7).join('\n'))).toBe(false);
  });
});

/** Everything that the check looks for, small. */
function subjectFolder(): string {
  const folder = join(temporaryFolder(), 'sub-01');
  const text = (name: string, content = 'x'): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  text('scripts/recon-all.log', 'many lines\nrecon-all -s sub-01 finished without error at Tue Nov 24\n');
  for (const name of [
    'orig',
    'nu',
    'T1',
    'brainmask',
    'aseg.presurf',
    'wm',
    'filled',
    'ribbon',
    'aparc+aseg',
  ])
    text(`mri/${name}.mgz`);
  text('mri/transforms/talairach.xfm');
  mgh(join(folder, 'mri/aseg.mgz'));
  text('stats/aseg.stats', aseg);
  for (const hemi of ['lh', 'rh']) {
    for (const name of ['inflated', 'sphere.reg', 'thickness']) text(`surf/${hemi}.${name}`);
    for (const name of ['white', 'pial']) surface(join(folder, `surf/${hemi}.${name}`));
    text(`label/${hemi}.aparc.annot`);
    text(`label/${hemi}.cortex.label`);
    text(`stats/${hemi}.aparc.stats`, aparc);
  }
  return folder;
}

describe('freesurfer.subject', () => {
  it('passes a whole subject', async () => {
    expect(await check(subject(subjectFolder()), 'freesurfer.subject')).toMatchObject({
      ok: true,
      findings: [],
      values: { intracranial_ml: 1577.415239904 },
    });
  });

  it.each<[string, (folder: string) => void]>([
    ['a missing surface', (folder) => rmSync(join(folder, 'surf/rh.pial'))],
    ['missing labels', (folder) => rmSync(join(folder, 'label/lh.aparc.annot'))],
    ['missing statistics', (folder) => rmSync(join(folder, 'stats/aseg.stats'))],
    [
      'a log that ends in errors although the program ended with 0',
      (folder) =>
        writeFileSync(
          join(folder, 'scripts/recon-all.log'),
          'finished without error\nrecon-all exited with ERRORS\n',
        ),
    ],
    [
      'a run that is still going on',
      (folder) => writeFileSync(join(folder, 'scripts/IsRunning.lh+rh'), 'HOST x'),
    ],
    ['a surface with a hole', (folder) => surface(join(folder, 'surf/lh.white'), octahedron.slice(3))],
    [
      'a skull that no head has',
      (folder) => writeFileSync(join(folder, 'stats/aseg.stats'), aseg.replace('1577415', '15774')),
    ],
  ])('sees %s', async (_, spoil) => {
    const folder = subjectFolder();
    spoil(folder);
    expect(await check(subject(folder), 'freesurfer.subject')).toMatchObject({ ok: false });
  });

  it('asks for what the stage leaves behind, and no more', async () => {
    const folder = subjectFolder();
    for (const part of ['surf', 'label', 'stats']) rmSync(join(folder, part), { recursive: true });
    const first = { ...subject(folder), params: { directive: '-autorecon1' } };
    expect(await check(first, 'freesurfer.subject')).toMatchObject({ ok: true });
    const all = { ...subject(folder), params: { directive: '-all' } };
    expect(await check(all, 'freesurfer.subject')).toMatchObject({ ok: false });
  });
});
