import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseFreesurferStats } from '../../../src/imaging/freesurfer-stats.js';
import { readMgh } from '../../../src/imaging/mgh.js';
import { hasTestData, testData } from '../../support/data.js';
import {
  aparcStats,
  asegStats,
  octahedron,
  reconAllLog,
  writeAnnotation,
  writeFreesurferSubject,
  writeMgh,
  writeSurface,
  writeVertexValues,
} from '../../support/freesurfer-subject.js';
import { temporaryFolder } from '../../support/temporary.js';
import { check, subject } from './subject.js';

const aseg = asegStats();
const aparc = aparcStats();

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

describe('freesurfer.surface', () => {
  const path = join(temporaryFolder(), 'lh.white');
  const verdict = async (triangles?: number[], scale?: number): Promise<boolean> => {
    writeSurface(path, triangles, scale);
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
    writeMgh(path);
    expect(await check(subject(path), 'mgh.readable', { labels: true })).toMatchObject({ ok: true });
    expect(await check(subject(path), 'mgh.readable', { max: 10 })).toMatchObject({ ok: false });
    writeMgh(path, [1, 1, 1, 1, 1, 1, 1, 1]);
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

const subjectFolder = (): string => writeFreesurferSubject(join(temporaryFolder(), 'sub-01'));

describe('freesurfer.subject', () => {
  it('passes a whole subject', async () => {
    expect(await check(subject(subjectFolder()), 'freesurfer.subject')).toMatchObject({
      ok: true,
      findings: [],
      values: { intracranial_ml: 1577.415239904, version: '7.4.1' },
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
    ['labels that hold nothing', (folder) => writeFileSync(join(folder, 'label/rh.aparc.annot'), '')],
    ['a thickness that holds nothing', (folder) => writeFileSync(join(folder, 'surf/lh.thickness'), '')],
    [
      'the file that recon-all leaves where it stops',
      (folder) => writeFileSync(join(folder, 'scripts/recon-all.error'), '-----\nCMD mri_ca_label\n'),
    ],
    [
      'a log that breaks off',
      (folder) => writeFileSync(join(folder, 'scripts/recon-all.log'), '#@# Sphere lh Mon May 11\n'),
    ],
    ['no log', (folder) => rmSync(join(folder, 'scripts/recon-all.log'))],
    [
      'a cortex that is too thick',
      (folder) => writeFileSync(join(folder, 'stats/rh.aparc.stats'), aparc.replace('1.752', '17.52')),
    ],
    ['a surface with a hole', (folder) => writeSurface(join(folder, 'surf/lh.white'), octahedron.slice(3))],
    [
      'a skull that no head has',
      (folder) => writeFileSync(join(folder, 'stats/aseg.stats'), aseg.replace('1577415', '15774')),
    ],
    [
      'a pial surface of more points than the white one',
      (folder) => writeSurface(join(folder, 'surf/lh.pial'), octahedron, 60, 3),
    ],
    ['a surface that is cut', (folder) => truncateSync(join(folder, 'surf/rh.sphere.reg'), 60)],
    [
      'a thickness of another surface',
      (folder) => writeVertexValues(join(folder, 'surf/lh.thickness'), [2, 2.5, 3, 1.8, 2.2]),
    ],
    [
      'a thickness in another unit',
      (folder) => writeVertexValues(join(folder, 'surf/lh.thickness'), [2e3, 2.5e3, 3e3, 2e3, 2e3, 3e3]),
    ],
    ['labels of another surface', (folder) => writeAnnotation(join(folder, 'label/lh.aparc.annot'), 7)],
    [
      'statistics of another subject',
      (folder) => writeFileSync(join(folder, 'stats/rh.aparc.stats'), aparcStats('sub-02', 'rh')),
    ],
    [
      'statistics of the other hemisphere',
      (folder) => writeFileSync(join(folder, 'stats/rh.aparc.stats'), aparcStats('sub-01', 'lh')),
    ],
    [
      'regions of more points than the surface has',
      (folder) =>
        writeFileSync(
          join(folder, 'stats/lh.aparc.stats'),
          aparcStats().replace('     2    898', '     9    898'),
        ),
    ],
    [
      'a log of two subjects',
      (folder) =>
        writeFileSync(join(folder, 'scripts/recon-all.log'), reconAllLog('sub-02') + reconAllLog('sub-01')),
    ],
    [
      'stages by two versions',
      (folder) =>
        writeFileSync(
          join(folder, 'scripts/recon-all.log'),
          reconAllLog('sub-01', 'freesurfer-Linux-centos6_x86_64-stable-pub-v6.0.0-2beb96c') + reconAllLog(),
        ),
    ],
    [
      'a stamp of another version than the log',
      (folder) =>
        writeFileSync(
          join(folder, 'scripts/build-stamp.txt'),
          'freesurfer-Linux-centos6_x86_64-stable-pub-v5.3.0\n',
        ),
    ],
  ])('sees %s', async (_, spoil) => {
    const folder = subjectFolder();
    spoil(folder);
    expect(await check(subject(folder), 'freesurfer.subject')).toMatchObject({ ok: false });
  });

  it('sees a folder that is named after another subject, where it is asked for', async () => {
    const folder = writeFreesurferSubject(join(temporaryFolder(), 'sub-02'), 'sub-01');
    expect(await check(subject(folder), 'freesurfer.subject')).toMatchObject({ ok: true });
    const { ok, findings } = await check(subject(folder), 'freesurfer.subject', { own_name: true });
    expect(ok).toBe(false);
    expect(findings[0]).toMatchObject({
      message: 'scripts/recon-all.log is of sub-01',
      expected: 'sub-02, as the folder',
    });
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
