import { copyFileSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDicomHeader, type DicomHeader } from '../../../src/imaging/dicom-header.js';
import { scanDicomFolder } from '../../../src/imaging/dicom-series.js';
import { phaseEncodingOnBody } from '../../../src/imaging/phase-encoding.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { dicomBytes } from './make-dicom.js';

async function header(...args: Parameters<typeof dicomBytes>): Promise<DicomHeader | undefined> {
  const path = join(temporaryFolder(), 'a.dcm');
  writeFileSync(path, dicomBytes(...args));
  return readDicomHeader(path);
}

describe('a DICOM header', () => {
  it('is undefined for files that are no DICOM, or belong to no series', async () => {
    const folder = temporaryFolder();
    for (const [name, content] of [
      ['notes.txt', 'a text'],
      ['empty', ''],
      ['long.bin', Buffer.alloc(4096)],
      ['DICOMDIR', dicomBytes({ '0020000e UI': '' })],
    ] as const) {
      writeFileSync(join(folder, name), content);
      expect(await readDicomHeader(join(folder, name))).toBeUndefined();
    }
  });

  it('is read past private elements of any size', async () => {
    for (const size of [300_000, 5_000_000]) {
      expect(await header({ '00291020 OB': Buffer.alloc(size, 1), '00280010 US': 64 })).toMatchObject({
        seriesUid: '1.2.3.4',
        rows: 64,
        transferSyntax: '1.2.840.10008.1.2.1',
      });
    }
  });

  it('that is cut is a named error, not another file', async () => {
    const path = join(temporaryFolder(), 'a.dcm');
    const whole = dicomBytes({ '00291020 OB': Buffer.alloc(10_000) });
    writeFileSync(path, whole.subarray(0, 5000));
    await expect(readDicomHeader(path)).rejects.toMatchObject({
      code: 'input.malformed',
      place: { file: path },
    });
    await expect(readDicomHeader(`${path}.no`)).rejects.toMatchObject({ code: 'input.not-found' });
  });

  it.each([
    ['ISO_IR 100', Buffer.from('Sch\u00e4del', 'latin1'), 'Sch\u00e4del'],
    ['ISO_IR 192', Buffer.from('\u8133 t1'), '\u8133 t1'],
    ['ISO_IR 144', Buffer.from([0xbc, 0xde, 0xd7, 0xd3]), '\u041c\u043e\u0437\u0433'],
    ['\\ISO 2022 IR 87', Buffer.from([0x1b, 0x24, 0x42, 0x47, 0x3e, 0x1b, 0x28, 0x42]), '\u8133'],
    ['', Buffer.from('Gehirn \u00fc'), 'Gehirn \u00fc'],
    ['', Buffer.from('Gehirn \u00fc', 'latin1'), 'Gehirn \u00fc'],
    ['NO SUCH SET', Buffer.from('caf\u00e9', 'latin1'), 'caf\u00e9'],
  ])('reads text in %s', async (set, bytes, text) => {
    expect((await header({ '00080005 CS': set, '0008103e LO': bytes }))?.seriesDescription).toBe(text);
  });

  it('keeps odd text as data', async () => {
    const odd = `$(rm -rf x); "q" 'y' {1} \u202e`;
    expect((await header({ '00080005 CS': 'ISO_IR 192', '00181030 LO': odd }))?.protocolName).toBe(odd);
  });

  it('finds b-values where each maker puts them', async () => {
    const bValue = async (elements: Parameters<typeof dicomBytes>[0]): Promise<number | undefined> =>
      (await header(elements))?.bValue;
    expect(await bValue({ '00189087 FD': 1000, '00189075 CS': 'DIRECTIONAL' })).toBe(1000);
    expect(await bValue({ '00190010 LO': 'SIEMENS MR HEADER', '0019100c IS': '700' })).toBe(700);
    expect(await bValue({ '00080070 LO': 'Philips Medical Systems', '20011003 FL': 800 })).toBe(800);
    expect(await bValue({ '00080070 LO': 'GE MEDICAL SYSTEMS', '00431039 IS': '1000002000\\8\\0\\0' })).toBe(
      2000,
    );
    // The same private numbers under another owner mean something else.
    expect(await bValue({ '00190010 LO': 'SOMEONE ELSE', '0019100c IS': '700' })).toBeUndefined();
    expect(await bValue({ '20011003 FL': 800 })).toBeUndefined();
  });
});

describe('phase encoding on the body', () => {
  const axial = [1, 0, 0, 0, 1, 0];
  const sagittal = [0, 1, 0, 0, 0, -1];
  it('turns rows and columns by the orientation of the picture', () => {
    expect(phaseEncodingOnBody('COL', true, axial)).toBe('AP');
    expect(phaseEncodingOnBody('COL', false, axial)).toBe('PA');
    expect(phaseEncodingOnBody('ROW', true, axial)).toBe('RL');
    expect(phaseEncodingOnBody('ROW', false, axial)).toBe('LR');
    expect(phaseEncodingOnBody('ROW', true, sagittal)).toBe('AP');
    expect(phaseEncodingOnBody('COL', true, sagittal)).toBe('SI');
  });
  it('is not guessed', () => {
    expect(phaseEncodingOnBody('COL', undefined, axial)).toBeUndefined();
    expect(phaseEncodingOnBody('', true, axial)).toBeUndefined();
    expect(phaseEncodingOnBody('COL', true, [NaN])).toBeUndefined();
  });
});

describe('a folder of DICOMs', () => {
  it('is grouped by series and study, in the order of series and instances', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'deep', 'er "q"'), { recursive: true });
    const put = (path: string, series: string, number: string, instance: string, study = '1.2.3'): void =>
      writeFileSync(
        join(folder, path),
        dicomBytes({
          '0020000e UI': series,
          '00200011 IS': number,
          '00200013 IS': instance,
          '0020000d UI': study,
        }),
      );
    put('c', '1.9', '10', '2');
    put('deep/b', '1.9', '10', '10');
    put('deep/er "q"/a', '1.9', '10', '1');
    put('d', '1.8', '2', '1');
    put('e', '1.8', '2', '1', '9.9');
    writeFileSync(join(folder, 'readme.txt'), 'no DICOM');
    writeFileSync(join(folder, '.hidden'), 'not looked at');
    writeFileSync(join(folder, 'DICOMDIR'), dicomBytes({ '0020000e UI': '' }));
    const { series, otherFiles, findings } = await scanDicomFolder(folder);
    expect(findings).toEqual([]);
    expect(otherFiles).toBe(1);
    expect(series.map(({ uid, studyUid }) => `${uid} of ${studyUid}`)).toEqual([
      '1.8 of 1.2.3',
      '1.8 of 9.9',
      '1.9 of 1.2.3',
    ]);
    expect(series[2]?.files).toEqual(['deep/er "q"/a', 'c', 'deep/b'].map((name) => join(folder, name)));
  });

  it('counts volumes of slices by the positions that they repeat', async () => {
    const folder = temporaryFolder();
    for (let volume = 0; volume < 3; volume++) {
      for (let slice = 0; slice < 4; slice++) {
        const elements = {
          '00200013 IS': String(volume * 4 + slice + 1),
          '00200032 DS': `0\\0\\${slice * 3}`,
        };
        writeFileSync(join(folder, `${volume}-${slice}.dcm`), dicomBytes(elements));
      }
    }
    expect(
      (await scanDicomFolder(folder)).series.map(({ volumes, files }) => [volumes, files.length]),
    ).toEqual([[3, 12]]);
  });

  it('follows links, but not in circles; names damaged files and goes on', async () => {
    const folder = temporaryFolder();
    const elsewhere = temporaryFolder();
    writeFileSync(join(elsewhere, 'x.dcm'), dicomBytes());
    mkdirSync(join(folder, 'sub'));
    symlinkSync(join(elsewhere, 'x.dcm'), join(folder, 'link.dcm'));
    symlinkSync(folder, join(folder, 'sub', 'circle'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'broken'));
    writeFileSync(
      join(folder, 'cut.dcm'),
      dicomBytes({ '00291020 OB': Buffer.alloc(10_000) }).subarray(0, 3000),
    );
    const { series, findings } = await scanDicomFolder(folder);
    expect(series.map(({ files }) => files)).toEqual([[join(folder, 'link.dcm')]]);
    expect(findings.map(({ code, place }) => [code, place?.file])).toEqual([
      ['input.not-found', join(folder, 'broken')],
      ['input.malformed', join(folder, 'cut.dcm')],
    ]);
  });

  it('that is missing, or a file, is an error of its own', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a'), '');
    await expect(scanDicomFolder(join(folder, 'no'))).rejects.toMatchObject({ code: 'input.not-found' });
    await expect(scanDicomFolder(join(folder, 'a'))).rejects.toMatchObject({ code: 'input.not-found' });
    expect((await scanDicomFolder(temporaryFolder())).series).toEqual([]);
  });

  it('is left at once when aborted', async () => {
    await expect(scanDicomFolder(temporaryFolder(), { signal: AbortSignal.abort() })).rejects.toThrow(
      /abort/i,
    );
  });
});

describe.skipIf(!hasTestData)('real DICOM folders', () => {
  it('four EPI series: number, files, TR, and phase encoding as their names say it', async () => {
    const { series, otherFiles, findings } = await scanDicomFolder(testData('dicom', 'siemens-epi-four-pe'));
    expect([otherFiles, findings]).toEqual([0, []]);
    expect(series.map(({ number, files, volumes }) => [number, files.length, volumes])).toEqual([
      [3, 2, 2],
      [4, 2, 2],
      [5, 2, 2],
      [6, 2, 2],
    ]);
    for (const { protocolName, header: first } of series) {
      expect(protocolName).toBe(`EPI PE=${first.phaseEncoding}`);
      expect(first).toMatchObject({
        repetitionTimeMs: 2435.37,
        echoTimeMs: 50,
        mosaic: true,
        modality: 'MR',
      });
    }
  });

  it('a diffusion series: 42 volumes of b=0 and b=1000 in acquisition order', async () => {
    const { series } = await scanDicomFolder(testData('dicom', 'siemens-trio-dti20'));
    expect(series.map(({ volumes, bValues, description }) => ({ volumes, bValues, description }))).toEqual([
      { volumes: 42, bValues: [0, 1000], description: 'ep2d_DTI_20_dir_AP' },
    ]);
    expect(series[0]?.header).toMatchObject({
      phaseEncoding: 'AP',
      diffusionDirectionality: 'NONE',
      bValue: 0,
    });
    const numbers = await Promise.all(
      (series[0]?.files ?? []).map(async (file) => (await readDicomHeader(file))?.instanceNumber),
    );
    expect(numbers).toEqual(Array.from({ length: 42 }, (_, index) => index + 1));
  });

  it('is read the same without its folders and names', async () => {
    const folder = temporaryFolder();
    const source = testData('dicom', 'siemens-prisma-rest');
    readdirSync(source).forEach((name, index) =>
      copyFileSync(join(source, name), join(folder, `IM ${9 - index}`)),
    );
    const [moved, original] = [await scanDicomFolder(folder), await scanDicomFolder(source)];
    const content = (scan: typeof moved): unknown =>
      scan.series.map(({ files }) => files.map((file) => readFileSync(file).length));
    expect(content(moved)).toEqual(content(original));
    expect(moved.series.map(({ uid, volumes }) => [uid, volumes])).toEqual(
      original.series.map(({ uid, volumes }) => [uid, volumes]),
    );
  });
});
