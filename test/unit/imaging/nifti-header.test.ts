import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as niftiReader from 'nifti-reader-js';
import { describe, expect, it } from 'vitest';
import { orientationCode, type Affine } from '../../../src/imaging/affine.js';
import {
  gridOf,
  parseNiftiHeader,
  readNiftiHeader,
  volumesOf,
  voxelVolumeMl,
} from '../../../src/imaging/nifti-header.js';
import { niftiBytes } from '../../../src/imaging/nifti-write.js';
import { scanVoxels } from '../../../src/imaging/scan-voxels.js';
import { NeuroClawError } from '../../../src/kernel/errors.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { nibabel } from './nibabel.js';
import { nifti2Bytes, swapped } from './nifti-variants.js';

const affine: Affine = [
  [-2, 0.1, 0, 90],
  [0.1, 2, 0, -126],
  [0, 0, 2.5, -72],
  [0, 0, 0, 1],
];

function bytes(change: (bytes: Buffer) => void = () => undefined): Buffer {
  const image = niftiBytes({
    dims: [3, 4, 5, 6],
    affine,
    datatype: 'int16',
    data: new Int16Array(360),
    repetitionTimeS: 2.5,
    descrip: 'made for a test',
  });
  change(image);
  return image;
}

function refusal(change: (bytes: Buffer) => void): { field: string | undefined; message: string } {
  try {
    parseNiftiHeader(bytes(change), '/data/a b.nii');
  } catch (error) {
    if (!(error instanceof NeuroClawError)) throw error;
    expect(error.code).toBe('input.malformed');
    expect(error.place?.file).toBe('/data/a b.nii');
    expect(error.expected).toBeTruthy();
    return { field: error.place?.field, message: error.message };
  }
  throw new Error('the header was taken');
}

describe('a NIfTI header', () => {
  it('says sizes, spacing, timing and place', () => {
    const header = parseNiftiHeader(bytes(), 'x.nii');
    expect(header).toMatchObject({
      version: 1,
      littleEndian: true,
      dims: [3, 4, 5, 6],
      repetitionTimeS: 2.5,
      spatialUnit: 'mm',
      qformCode: 1,
      sformCode: 1,
      sclSlope: 1,
      sclInter: 0,
      descrip: 'made for a test',
      voxOffset: 352,
    });
    expect(header.type.name).toBe('int16');
    expect(volumesOf(header)).toBe(6);
    expect(gridOf(header).shape).toEqual([3, 4, 5]);
    expect(voxelVolumeMl(header)).toBeCloseTo((4 + 0.01) * 2.5e-3, 6);
    header.affine.flat().forEach((value, index) => expect(value).toBeCloseTo(affine.flat()[index] ?? NaN, 5));
  });

  it('reads the same in both byte orders and both versions', () => {
    const plain = parseNiftiHeader(bytes(), 'x.nii');
    const big = parseNiftiHeader(swapped(bytes(), 2), 'x.nii');
    expect({ ...big, littleEndian: true }).toEqual(plain);
    expect(big.littleEndian).toBe(false);
    const second = parseNiftiHeader(nifti2Bytes(bytes()), 'x.nii');
    expect({ ...second, version: 1, voxOffset: 352 }).toEqual(plain);
    expect(second.version).toBe(2);
  });

  it('agrees with nifti-reader-js about everything both read', () => {
    const image = bytes();
    const arrayBuffer = new Uint8Array(image).buffer;
    const other = niftiReader.readHeader(arrayBuffer);
    const own = parseNiftiHeader(image, 'x.nii');
    expect(other.dims.slice(1, 5)).toEqual(own.dims);
    expect(other.datatypeCode).toBe(own.type.code);
    expect(other.numBitsPerVoxel).toBe(own.type.bytes * 8);
    expect(other.affine).toEqual(own.affine.map((row) => [...row]));
    expect(other.vox_offset).toBe(own.voxOffset);
    expect(other.littleEndian).toBe(own.littleEndian);
  });

  it('prefers sform, then qform, then the voxel sizes', () => {
    const header = (sform: number, qform: number): Affine =>
      parseNiftiHeader(
        bytes((image) => {
          image.writeInt16LE(qform, 252);
          image.writeInt16LE(sform, 254);
          // Another place than that of the sform.
          image.writeFloatLE(-33, 268);
        }),
        'x.nii',
      ).affine;
    expect(header(1, 1)[0][3]).toBe(90);
    expect(header(0, 1)[0][3]).toBe(-33);
    expect(header(0, 0)[0][3]).toBe(0);
    expect(orientationCode(header(0, 0))).toBe('RAS');
  });

  it('honours the units of time, and takes no frequency for one', () => {
    const tr = (units: number, step: number): number | undefined =>
      parseNiftiHeader(
        bytes((image) => {
          image[123] = units;
          image.writeFloatLE(step, 92);
        }),
        'x.nii',
      ).repetitionTimeS;
    expect(tr(2 + 8, 2.5)).toBe(2.5);
    expect(tr(2 + 16, 2500)).toBe(2.5);
    expect(tr(2 + 24, 2_500_000)).toBe(2.5);
    expect(tr(0, 2.5)).toBe(2.5);
    expect(tr(2 + 32, 2.5)).toBeUndefined();
    expect(tr(2 + 8, 0)).toBeUndefined();
    expect(tr(2 + 8, NaN)).toBeUndefined();
  });

  it('has no repetition time in 3D', () => {
    const image = niftiBytes({
      dims: [2, 2, 2],
      affine,
      datatype: 'uint8',
      data: new Uint8Array(8),
      repetitionTimeS: 2,
    });
    image.writeFloatLE(2, 92);
    expect(parseNiftiHeader(image, 'x.nii').repetitionTimeS).toBeUndefined();
  });

  it('scales by nothing when the slope is 0 or not a number', () => {
    for (const slope of [0, NaN, Infinity]) {
      const header = parseNiftiHeader(
        bytes((image) => {
          image.writeFloatLE(slope, 112);
          image.writeFloatLE(7, 116);
        }),
        'x.nii',
      );
      expect([header.sclSlope, header.sclInter]).toEqual([1, 0]);
    }
  });

  it.each<[string, string, (image: Buffer) => void]>([
    ['a size that is no header', 'sizeof_hdr', (image) => image.writeInt32LE(349, 0)],
    ['too many dimensions', 'dim[0]', (image) => image.writeInt16LE(8, 40)],
    ['no dimension', 'dim[0]', (image) => image.writeInt16LE(0, 40)],
    ['an axis without voxels', 'dim[2]', (image) => image.writeInt16LE(0, 44)],
    ['a negative axis', 'dim[4]', (image) => image.writeInt16LE(-6, 48)],
    ['an unknown data type', 'datatype', (image) => image.writeInt16LE(3, 70)],
    ['complex voxels', 'datatype', (image) => image.writeInt16LE(32, 70)],
    ['RGB voxels', 'datatype', (image) => image.writeInt16LE(128, 70)],
    ['bits that do not fit the type', 'bitpix', (image) => image.writeInt16LE(8, 72)],
    ['an offset inside the header', 'vox_offset', (image) => image.writeFloatLE(348, 108)],
    ['an offset between bytes', 'vox_offset', (image) => image.writeFloatLE(352.5, 108)],
    ['an infinite offset', 'vox_offset', (image) => image.writeFloatLE(Infinity, 108)],
    ['a voxel size that is no number', 'pixdim[2]', (image) => image.writeFloatLE(NaN, 84)],
    ['two files', 'magic', (image) => void image.write('ni1\0', 344, 'latin1')],
    ['Analyze', 'magic', (image) => void image.fill(0, 344, 348)],
    ['no magic', 'magic', (image) => void image.write('abcd', 344, 'latin1')],
  ])('is refused for %s, naming %s', (_what, field, change) => {
    expect(refusal(change).field).toBe(field);
  });

  it('says which type it refuses', () => {
    expect(refusal((image) => image.writeInt16LE(128, 70)).message).toContain('RGB');
    expect(refusal((image) => image.writeInt16LE(32, 70)).message).toContain('complex64');
  });

  it('is refused when the file is empty, short, or something else', async () => {
    const folder = temporaryFolder();
    for (const [name, content] of [
      ['empty.nii', Buffer.alloc(0)],
      ['short.nii', bytes().subarray(0, 200)],
      ['text.nii.gz', Buffer.from('Error: out of memory\n'.repeat(40))],
    ] as const) {
      const path = join(folder, name);
      writeFileSync(path, content);
      await expect(readNiftiHeader(path)).rejects.toMatchObject({
        code: 'input.malformed',
        place: { file: path },
      });
    }
  });

  it('of a file that is not there, or is a folder, says so', async () => {
    const folder = temporaryFolder();
    await expect(readNiftiHeader(join(folder, 'no.nii'))).rejects.toMatchObject({ code: 'input.not-found' });
    await expect(readNiftiHeader(folder)).rejects.toMatchObject({ code: 'input.invalid' });
  });
});

describe.skipIf(!hasTestData)('real images', () => {
  it.each(nibabel.images)('$file reads as nibabel reads it', async (expected) => {
    const header = await readNiftiHeader(testData(expected.file));
    expect(header.dims).toEqual(expected.dims);
    expect(header.type.name).toBe(expected.datatype);
    expect(orientationCode(header.affine)).toBe(expected.orientation);
    expected.affine.forEach((row, r) =>
      row.forEach((value, c) => expect(header.affine[r as 0 | 1 | 2][c as 0]).toBeCloseTo(value, 3)),
    );
    const scan = await scanVoxels(header);
    expect(scan.minimum).toBe(expected.minimum);
    expect(scan.maximum).toBe(expected.maximum);
    expect(scan.mean).toBeCloseTo(expected.mean, 6);
    expect(scan.nonZero).toBe(expected.nonZero);
    expect(scan.finite).toBe(expected.dims.reduce((product, n) => product * n, 1));
  });

  it('say their repetition time in seconds, or none where the fourth axis is no time', async () => {
    const tr = async (...path: string[]): Promise<number | undefined> =>
      (await readNiftiHeader(testData(...path))).repetitionTimeS;
    expect(
      await tr('bids', 'haxby-slice', 'sub-1', 'func', 'sub-1_task-objectviewing_run-01_bold.nii.gz'),
    ).toBe(2.5);
    expect(await tr('dicom', 'siemens-epi-four-pe-reference', 'EPI_PE=AP_3.nii')).toBeCloseTo(2.43537, 5);
    const tissues = ['derivatives', 'freesurfer-labels', 'sub-01', 'anat', 'sub-01_desc-5tt_probseg.nii.gz'];
    expect(await tr('bids', 'adult-t1w', ...tissues)).toBeUndefined();
  });
});
