import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { voxelSizesOf, type Affine, type Grid } from '../imaging/affine.js';
import { decimal, encodeDicomFile, type Element } from './dicom-elements.js';
import type { Mprage } from './signal-equations.js';

export interface SyntheticSeries {
  readonly grid: Grid;
  /** In the order of the grid, first index fastest; whole numbers from 0 to 65535. */
  readonly data: ArrayLike<number>;
  readonly sequence: Mprage;
  /** What the protocol was called at the scanner, and what its operator called the series. */
  readonly protocolName: string;
  readonly description: string;
  /** Obviously artificial, `PHANTOM^ONE`. */
  readonly patientName: string;
  readonly patientId: string;
  /** What the UIDs come from: the same words give the same UIDs. */
  readonly uidSeed: readonly (string | number)[];
}

const MR_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.4';
const EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
/** An invented day: the series was measured by no scanner. */
const DATE = '20000101';

/**
 * Writes one series of MR images (PS3.3 section A.4), a file per slice along the third axis: `<number>.dcm`. Rows and
 * columns of the pixels follow the second and the first axis of the grid. Returns the series instance UID.
 */
export async function writeDicomSeries(folder: string, series: SyntheticSeries): Promise<string> {
  const { grid, data } = series;
  const [columns, rows, slices] = grid.shape;
  if (data.length !== columns * rows * slices)
    throw new RangeError(`${data.length} values for ${grid.shape.join('x')} voxels`);
  await mkdir(folder, { recursive: true });
  const common = seriesElements(series);
  const seriesUid = uid(...series.uidSeed, 'series');
  for (let slice = 0; slice < slices; slice++) {
    const instance = uid(...series.uidSeed, 'instance', slice);
    const bytes = encodeDicomFile(
      [
        [0x0002, 0x0001, 'OB', Uint8Array.of(0, 1)],
        [0x0002, 0x0002, 'UI', MR_IMAGE_STORAGE],
        [0x0002, 0x0003, 'UI', instance],
        [0x0002, 0x0010, 'UI', EXPLICIT_VR_LITTLE_ENDIAN],
        [0x0002, 0x0012, 'UI', uid('NeuroClaw', 'synthetic')],
      ],
      [...common, ...sliceElements(series, slice, instance)],
    );
    await writeFile(join(folder, `${String(slice + 1).padStart(4, '0')}.dcm`), bytes);
  }
  return seriesUid;
}

function seriesElements({ grid, sequence, ...series }: SyntheticSeries): Element[] {
  const [dx, dy, dz] = voxelSizesOf(grid.affine);
  const millis = (seconds: number): string => decimal(seconds * 1000);
  return [
    [0x0008, 0x0008, 'CS', 'ORIGINAL\\PRIMARY\\M\\NORM'],
    [0x0008, 0x0016, 'UI', MR_IMAGE_STORAGE],
    [0x0008, 0x0020, 'DA', DATE],
    [0x0008, 0x0021, 'DA', DATE],
    [0x0008, 0x0022, 'DA', DATE],
    [0x0008, 0x0023, 'DA', DATE],
    [0x0008, 0x0030, 'TM', '120000'],
    [0x0008, 0x0031, 'TM', '120000'],
    [0x0008, 0x0032, 'TM', '120000'],
    [0x0008, 0x0033, 'TM', '120000'],
    [0x0008, 0x0050, 'SH', ''],
    [0x0008, 0x0060, 'CS', 'MR'],
    [0x0008, 0x0070, 'LO', 'NeuroClaw'],
    [0x0008, 0x0090, 'PN', ''],
    [0x0008, 0x1030, 'LO', 'Synthetic data'],
    [0x0008, 0x103e, 'LO', series.description],
    [0x0008, 0x1090, 'LO', 'Phantom'],
    [0x0010, 0x0010, 'PN', series.patientName],
    [0x0010, 0x0020, 'LO', series.patientId],
    [0x0010, 0x0030, 'DA', ''],
    [0x0010, 0x0040, 'CS', 'O'],
    [0x0018, 0x0015, 'CS', 'HEAD'],
    [0x0018, 0x0020, 'CS', 'GR\\IR'],
    [0x0018, 0x0021, 'CS', 'SP\\MP'],
    [0x0018, 0x0022, 'CS', ''],
    [0x0018, 0x0023, 'CS', '3D'],
    [0x0018, 0x0050, 'DS', decimal(dz)],
    [0x0018, 0x0080, 'DS', millis(sequence.repetitionTimeS)],
    [0x0018, 0x0081, 'DS', millis(sequence.echoTimeS)],
    [0x0018, 0x0082, 'DS', millis(sequence.inversionTimeS)],
    [0x0018, 0x0087, 'DS', '3'],
    [0x0018, 0x0091, 'IS', '1'],
    [0x0018, 0x1030, 'LO', series.protocolName],
    [0x0018, 0x1314, 'DS', decimal(sequence.flipAngleDeg)],
    [0x0018, 0x5100, 'CS', 'HFS'],
    [0x0020, 0x000d, 'UI', uid(...series.uidSeed, 'study')],
    [0x0020, 0x000e, 'UI', uid(...series.uidSeed, 'series')],
    [0x0020, 0x0010, 'SH', '1'],
    [0x0020, 0x0011, 'IS', '1'],
    [0x0020, 0x0012, 'IS', '1'],
    [0x0020, 0x0037, 'DS', orientationPatient(grid.affine)],
    [0x0020, 0x0052, 'UI', uid(...series.uidSeed, 'frame of reference')],
    [0x0020, 0x1040, 'LO', ''],
    [0x0028, 0x0002, 'US', [1]],
    [0x0028, 0x0004, 'CS', 'MONOCHROME2'],
    [0x0028, 0x0010, 'US', [grid.shape[1]]],
    [0x0028, 0x0011, 'US', [grid.shape[0]]],
    // Between rows, then between columns (PS3.3 section 10.7.1.3).
    [0x0028, 0x0030, 'DS', `${decimal(dy)}\\${decimal(dx)}`],
    [0x0028, 0x0100, 'US', [16]],
    [0x0028, 0x0101, 'US', [16]],
    [0x0028, 0x0102, 'US', [15]],
    [0x0028, 0x0103, 'US', [0]],
  ];
}

function sliceElements({ grid, data }: SyntheticSeries, slice: number, instance: string): Element[] {
  const [columns, rows] = grid.shape;
  const pixels = new Uint8Array(2 * columns * rows);
  const view = new DataView(pixels.buffer);
  for (let pixel = 0; pixel < columns * rows; pixel++) {
    const value = data[slice * columns * rows + pixel] as number;
    if (!(Number.isInteger(value) && value >= 0 && value <= 65535))
      throw new RangeError(`${value} is no whole number of 16 bits`);
    view.setUint16(2 * pixel, value, true);
  }
  const [a, b, c] = grid.affine;
  const position = [-(a[2] * slice + a[3]), -(b[2] * slice + b[3]), c[2] * slice + c[3]];
  return [
    [0x0008, 0x0018, 'UI', instance],
    [0x0020, 0x0013, 'IS', String(slice + 1)],
    [0x0020, 0x0032, 'DS', position.map(decimal).join('\\')],
    [0x7fe0, 0x0010, 'OW', pixels],
  ];
}

/**
 * Direction in which columns grow along a row, then rows along a column: unit vectors of the patient system, x to the
 * left, y to the back, z up (PS3.3 section C.7.6.2.1.1), where NIfTI has right, front, up.
 */
function orientationPatient(affine: Affine): string {
  const sizes = voxelSizesOf(affine);
  return ([0, 1] as const)
    .flatMap((axis) =>
      [-affine[0][axis], -affine[1][axis], affine[2][axis]].map((value) => decimal(value / sizes[axis])),
    )
    .join('\\');
}

/** A UID derived from a UUID (PS3.5 section B.2), the UUID (version 8, RFC 9562) from the digest of the words. */
function uid(...words: readonly (string | number)[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(words)).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`;
}
