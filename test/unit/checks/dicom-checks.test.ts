import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { check, subject } from './subject.js';

const scans = ['0001.dcm', '0002.dcm'];

/** Replaces a text by another of the same length wherever it stands in the file. */
function replaceAll(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(from, to.padEnd(from.length, '0')), 'latin1');
}

describe.skipIf(!hasTestData)('dicom.deidentified', () => {
  const dicoms = (): string => testData('dicom', 'siemens-trio-dti20');
  const inputs = (): string[] => scans.map((name) => join(dicoms(), name));

  function folderWith(change: (bytes: Buffer, name: string) => Buffer | undefined): string {
    const folder = join(temporaryFolder(), 'dicoms');
    mkdirSync(folder);
    for (const name of scans) {
      const bytes = change(readFileSync(join(dicoms(), name)), name);
      if (bytes !== undefined) writeFileSync(join(folder, name), bytes);
    }
    return folder;
  }
  const judge = (folder: string): ReturnType<typeof check> =>
    check(subject(folder, { kind: 'folder', inputs: { dicoms: inputs() } }), 'dicom.deidentified', {
      input: 'dicoms',
    });

  it('rejects files that were copied as they are, lost or damaged', async () => {
    const copied = await judge(folderWith((bytes) => bytes));
    expect(copied.findings).toHaveLength(2);
    expect(copied.findings[0]?.message).toMatch(/PatientID/);
    const lost = folderWith((bytes, name) => (name === '0001.dcm' ? bytes : undefined));
    expect((await judge(lost)).findings[0]?.message).toBe('1 files of 2');
    const damaged = folderWith(() => Buffer.alloc(2000));
    expect((await judge(damaged)).findings[0]?.message).toMatch(/not a DICOM file/);
  });

  it('rejects a new patient with the old UIDs', async () => {
    const { readDicomHeader } = await import('../../../src/imaging/dicom-header.js');
    const header = await readDicomHeader(inputs()[0] ?? '');
    const patient = header?.patientId ?? '';
    if (patient === '') return;
    const renamed = folderWith((bytes) => replaceAll(bytes, patient, 'Z'.repeat(patient.length)));
    expect((await judge(renamed)).findings[0]?.message).toMatch(/UID of the input/);
    const uids = [header?.studyUid ?? '', header?.seriesUid ?? ''];
    const clean = folderWith((bytes) =>
      uids.reduce(
        (left, uid) => replaceAll(left, uid, `2.25.${uid.slice(5).replaceAll('.', '1')}`),
        replaceAll(bytes, patient, 'Z'.repeat(patient.length)),
      ),
    );
    expect(await judge(clean)).toMatchObject({ ok: true, values: { files: 2 } });
    copyFileSync(inputs()[0] ?? '', join(clean, '0001.dcm'));
    expect((await judge(clean)).ok).toBe(false);
  });
});
