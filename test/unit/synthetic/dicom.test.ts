import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import dicomParser from 'dicom-parser';
import { describe, expect, it } from 'vitest';
import type { Grid } from '../../../src/imaging/affine.js';
import { readDicomHeader } from '../../../src/imaging/dicom-header.js';
import { scanDicomFolder } from '../../../src/imaging/dicom-series.js';
import { proposeNaming } from '../../../src/planning/dicom-naming.js';
import { decimal, encodeElements } from '../../../src/synthetic/dicom-elements.js';
import { writeDicomSeries } from '../../../src/synthetic/dicom.js';
import { writeSyntheticDicoms } from '../../../src/synthetic/dataset.js';
import { centredGrid } from '../../../src/synthetic/grids.js';
import { makeHead } from '../../../src/synthetic/head-phantom.js';
import { seededRandom } from '../../../src/synthetic/random.js';
import { simulateT1w, t1wSequence } from '../../../src/synthetic/t1w.js';
import { temporaryFolder } from '../../support/temporary.js';
import { readVolumes } from '../skills/volumes.js';
import { runDcm2niix } from '../skills/wasm-tools.js';

const head = makeHead(1, 'sub-01');

interface Volume {
  readonly shape: readonly number[];
  readonly affine: readonly (readonly number[])[];
  readonly data: ArrayLike<number>;
}

/**
 * Share of the voxels of one image at whose place in the world the other has no voxel, or one of another value. Says
 * nothing of the order in which either is stored.
 */
function different(one: Volume, other: Volume): number {
  const [nx = 0, ny = 0, nz = 0] = one.shape;
  const [mx = 0, my = 0, mz = 0] = other.shape;
  const toIndex = inverse(other.affine);
  let count = 0;
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const world = one.affine.slice(0, 3).map((row) => row[0]! * i + row[1]! * j + row[2]! * k + row[3]!);
        const place = toIndex(world);
        const [u = NaN, v = NaN, w = NaN] = place.map(Math.round);
        const there =
          place.every((value) => Math.abs(value - Math.round(value)) < 0.01) &&
          Math.min(u, v, w) >= 0 &&
          u < mx &&
          v < my &&
          w < mz;
        if (!there || other.data[u + mx * (v + my * w)] !== one.data[i + nx * (j + ny * k)]) count += 1;
      }
  return count / (nx * ny * nz);
}

/** World position to voxel index, by Cramer's rule. */
function inverse(affine: readonly (readonly number[])[]): (world: readonly number[]) => number[] {
  const column = (c: number): number[] => [0, 1, 2].map((r) => affine[r]![c]!);
  const triple = (p: readonly number[], q: readonly number[], r: readonly number[]): number =>
    p[0]! * (q[1]! * r[2]! - q[2]! * r[1]!) +
    p[1]! * (q[2]! * r[0]! - q[0]! * r[2]!) +
    p[2]! * (q[0]! * r[1]! - q[1]! * r[0]!);
  const [x, y, z, origin] = [column(0), column(1), column(2), column(3)];
  const volume = triple(x, y, z);
  return (world) => {
    const d = world.map((value, axis) => value - origin[axis]!);
    return [triple(d, y, z) / volume, triple(x, d, z) / volume, triple(x, y, d) / volume];
  };
}

async function convert(
  folder: string,
): Promise<{ image: ReturnType<typeof readVolumes>; sidecar: Record<string, unknown>; names: string[] }> {
  const run = await runDcm2niix(
    ['dcm2niix', '-b', 'y', '-z', 'n', '-f', 'image', '-o', '/out', '/in/dicoms'],
    folder,
  );
  expect(run.status).toBe(0);
  return {
    image: readVolumes(run.files.get('image.nii') ?? Buffer.alloc(0)),
    sidecar: JSON.parse(run.files.get('image.json')?.toString() ?? '') as Record<string, unknown>,
    names: [...run.files.keys()],
  };
}

/** Voxels of 3, 2.5 and 4 mm, so that exchanged spacings show. */
const grids: Readonly<Record<string, Grid>> = {
  axial: centredGrid([60, 76, 36], [3, 2.5, 4], 'LPS'),
  'tilted axial': centredGrid([60, 76, 36], [3, 2.5, 4], 'LPS', 15),
  sagittal: centredGrid([64, 48, 40], [3, 2.5, 4], 'PIL'),
  coronal: centredGrid([60, 48, 40], [3, 2.5, 4], 'LIP'),
};

describe('a DICOM series', () => {
  it.each(Object.entries(grids))(
    'of %s slices is converted by dcm2niix with every voxel in its place',
    async (_, grid) => {
      const folder = temporaryFolder();
      const { image, truth } = simulateT1w(head, seededRandom(1, 'dicom'), { grid });
      await writeDicomSeries(folder, {
        grid: truth.grid,
        data: image.data,
        sequence: t1wSequence,
        protocolName: 'T1w_MPRAGE',
        description: 'a head & <its> series',
        patientName: 'PHANTOM^ONE',
        patientId: 'PHANTOM01',
        uidSeed: ['test'],
      });
      const { image: converted, sidecar, names } = await convert(folder);
      expect(names.sort()).toEqual(['image.json', 'image.nii']);
      expect(converted.data).toHaveLength(image.data.length);
      expect(different({ ...grid, data: image.data }, converted)).toBe(0);
      expect(sidecar).toMatchObject({
        Modality: 'MR',
        MagneticFieldStrength: 3,
        RepetitionTime: 2.3,
        InversionTime: 0.9,
        EchoTime: 0.00298,
        FlipAngle: 9,
        MRAcquisitionType: '3D',
        ProtocolName: 'T1w_MPRAGE',
        SeriesDescription: 'a head & <its> series',
      });
    },
  );

  it('whose position was written without turning RAS into LPS ends up elsewhere', async () => {
    const folder = temporaryFolder();
    const { data, t1w } = await writeSyntheticDicoms(folder, { seed: 3 });
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const bytes = readFileSync(path);
      const { offset, length } = positionOf(bytes);
      const [x, y, z] = bytes
        .toString('latin1', offset, offset + length)
        .trim()
        .split('\\')
        .map(Number);
      const wrong = [-x!, -y!, z!].join('\\');
      bytes.write(wrong.padEnd(length, ' ').slice(0, length), offset, 'latin1');
      writeFileSync(path, bytes);
    }
    const { image } = await convert(folder);
    expect(different({ ...t1w.grid, data }, image)).toBeGreaterThan(0.5);
  });

  it('is read by the reader of the product and by dicom-parser, and names nobody', async () => {
    const folder = temporaryFolder();
    const { seriesUid } = await writeSyntheticDicoms(folder, { seed: 3 });
    const names = readdirSync(folder).sort();
    expect(names).toHaveLength(32);
    const instances = new Set<string>();
    for (const [index, name] of names.entries()) {
      const header = await readDicomHeader(join(folder, name));
      expect(header).toMatchObject({
        seriesUid,
        modality: 'MR',
        protocolName: 'T1w_MPRAGE',
        seriesDescription: 'T1w_MPRAGE axial 32 slices',
        acquisitionType: '3D',
        patientId: 'PHANTOM01',
        instanceNumber: index + 1,
        rows: 64,
        columns: 64,
        inversionTimeMs: 900,
        mosaic: false,
        transferSyntax: '1.2.840.10008.1.2.1',
      });
      const parsed = dicomParser.parseDicom(readFileSync(join(folder, name)));
      expect(parsed.string('x00100010')).toBe('PHANTOM^ONE');
      expect(parsed.string('x00080018')).toBe(parsed.string('x00020003'));
      instances.add(parsed.string('x00080018') ?? '');
      for (const tag of ['x00080018', 'x0020000d', 'x0020000e', 'x00200052']) {
        expect(parsed.string(tag)).toMatch(/^2\.25\.[1-9][0-9]{1,38}$/);
      }
      expect(parsed.elements['x7fe00010']?.length).toBe(64 * 64 * 2);
      for (const element of Object.values(parsed.elements)) expect(element.length % 2).toBe(0);
    }
    expect(instances.size).toBe(32);
  });

  it('is one series to the product, which calls it T1w without a question', async () => {
    const folder = temporaryFolder();
    const { seriesUid } = await writeSyntheticDicoms(folder, { seed: 3 });
    const scan = await scanDicomFolder(folder);
    expect(scan).toMatchObject({ otherFiles: 0, findings: [] });
    expect(scan.series).toHaveLength(1);
    expect(scan.series[0]).toMatchObject({ uid: seriesUid, volumes: 1, bValues: [], patientId: 'PHANTOM01' });
    expect(scan.series[0]?.files).toHaveLength(32);
    const { naming, questions, findings } = proposeNaming(scan.series);
    expect({ questions, findings }).toEqual({ questions: [], findings: [] });
    expect(naming).toMatchObject([
      { action: 'convert', datatype: 'anat', suffix: 'T1w', entities: { subject: 'PHANTOM01' } },
    ]);
  });

  it('has the same bytes for a seed and other UIDs and pixels for another', async () => {
    const [a, b, c] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    const first = await writeSyntheticDicoms(a, { seed: 3 });
    await writeSyntheticDicoms(b, { seed: 3 });
    const other = await writeSyntheticDicoms(c, { seed: 4 });
    for (const name of readdirSync(a))
      expect(readFileSync(join(a, name)).equals(readFileSync(join(b, name)))).toBe(true);
    expect(other.seriesUid).not.toBe(first.seriesUid);
    expect(Array.from(other.data)).not.toEqual(Array.from(first.data));
  });

  it('refuses values that 16 bits cannot hold, and data that do not fit the grid', async () => {
    const grid = centredGrid([2, 2, 1], [1, 1, 1], 'LPS');
    const series = {
      grid,
      sequence: t1wSequence,
      protocolName: 'x',
      description: 'x',
      patientName: 'PHANTOM^ONE',
      patientId: 'x',
      uidSeed: [],
    };
    const folder = temporaryFolder();
    await expect(writeDicomSeries(folder, { ...series, data: [0, 1, 2, 70000] })).rejects.toThrow('70000');
    await expect(writeDicomSeries(folder, { ...series, data: [0, 1, 2, -1] })).rejects.toThrow('-1');
    await expect(writeDicomSeries(folder, { ...series, data: [0, 1, 2] })).rejects.toThrow('2x2x1');
  });
});

describe('DICOM elements', () => {
  it('have an even length, padded as their kind asks, and stand in the order of their tags', () => {
    const bytes = encodeElements([
      [0x0010, 0x0010, 'PN', 'ABC'],
      [0x0008, 0x0018, 'UI', '1.2.3'],
      [0x0008, 0x0016, 'UI', '1.2'],
    ]);
    const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
    expect(bytes.toString('hex')).toBe(
      `08001600${hex('UI')}0400${hex('1.2')}00` +
        `08001800${hex('UI')}0600${hex('1.2.3')}00` +
        `10001000${hex('PN')}0400${hex('ABC ')}`,
    );
  });

  it.each([
    [1 / 3, '0.33333333333333'],
    [-0.984807753012208, '-0.9848077530122'],
    [3, '3'],
    [-0, '0'],
    [1e-7 / 3, '3.33333333333e-8'],
    [2300, '2300'],
  ])('the decimal string of %d has at most 16 characters', (value, text) => {
    expect(decimal(value).length).toBeLessThanOrEqual(16);
    expect(Math.abs(Number(decimal(value)) - value)).toBeLessThan(1e-13);
    expect(decimal(value)).toBe(text);
  });

  it('a decimal string that is no number is refused', () => {
    expect(() => decimal(NaN)).toThrow(RangeError);
  });
});

/** Where the value of ImagePositionPatient stands. */
function positionOf(bytes: Buffer): { offset: number; length: number } {
  const element = dicomParser.parseDicom(bytes).elements['x00200032'];
  return { offset: element?.dataOffset ?? NaN, length: element?.length ?? NaN };
}
