import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyAffine } from '../../../src/imaging/affine.js';
import { axisAngle, distinctDirections, mifGradients } from '../../../src/imaging/mif-gradients.js';
import { mifGridOf, mifVolumesOf, readMifHeader } from '../../../src/imaging/mif-header.js';
import { readMifVoxels, scanMif, streamMifVoxels } from '../../../src/imaging/mif-voxels.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { floats, mifBytes, uprightTransform, writeMif, type MifText } from './write-mrtrix.js';

const ramp = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('the header of an MRtrix image', () => {
  it('says sizes, strides, type and where voxels are in the world', async () => {
    const path = join(temporaryFolder(), 'image.mif');
    writeMif(path, floats(ramp(24)), {
      layout: '-0,+2,+1',
      lines: [
        'mrtrix_version: 3.0.3',
        'command_history: a',
        'command_history: b: c',
        '# dim: 9,9,9',
        'no colon',
      ],
    });
    const header = await readMifHeader(path);
    expect(header).toMatchObject({ dims: [4, 3, 2], strides: [-1, 3, 2], scale: 1, offset: 0 });
    expect(header.keyvals.get('command_history')).toEqual(['a', 'b: c']);
    expect([...header.keyvals.keys()]).toEqual(['mrtrix_version', 'command_history']);
    // Voxels are counted along the axes of the image, whichever way the file runs.
    expect(applyAffine(header.affine, [0, 0, 0])).toEqual([-8, -10, -12]);
    expect(applyAffine(header.affine, [3, 2, 1])).toEqual([-2, -6, -9]);
    expect(mifGridOf(header).shape).toEqual([4, 3, 2]);
    expect(mifVolumesOf(header)).toBe(1);
  });

  it('takes lines of DOS, blanks behind the first line and keys in any case', async () => {
    const path = join(temporaryFolder(), 'image.mif');
    const text = `mrtrix image  \r\nDIM: 2, 2, 1 \r\nVox: 1,1,1\r\nlayout: +0,+1,+2\r\ndatatype: uint8\r\nfile: . 120\r\nEND\r\n`;
    writeFileSync(path, Buffer.concat([Buffer.from(text.padEnd(120, '\0')), Buffer.from([1, 2, 3, 4])]));
    const header = await readMifHeader(path);
    expect(header.dims).toEqual([2, 2, 1]);
    // No transform: centred, as MRtrix3 does.
    expect(applyAffine(header.affine, [0.5, 0.5, 0])).toEqual([0, 0, 0]);
    expect([...(await readMifVoxels(header))]).toEqual([1, 2, 3, 4]);
  });

  it.each<[string, MifText, string]>([
    ['no dim', { dim: '' }, 'dim'],
    ['a dim of 0', { dim: '4,0,2' }, 'dim'],
    ['words in dim', { dim: '4,x,2' }, 'dim'],
    ['no vox', { vox: '' }, 'vox'],
    ['a negative voxel size', { vox: '2,-2,3' }, 'vox'],
    ['two voxel sizes of three', { vox: '2,2' }, 'vox'],
    ['an axis twice in layout', { layout: '+0,+0,+2' }, 'layout'],
    ['an axis too many in layout', { layout: '+0,+1,+2,+3' }, 'layout'],
    ['an axis beyond the last in layout', { layout: '+0,+1,+3' }, 'layout'],
    ['complex numbers', { datatype: 'CFloat32LE' }, 'datatype'],
    ['no datatype', { datatype: '' }, 'datatype'],
    ['a transform of two rows', { transform: uprightTransform.slice(1) }, 'transform'],
    ['NaN in the transform', { transform: ['nan,0,0,0', '0,1,0,0', '0,0,1,0'] }, 'transform'],
    ['one number of scaling', { lines: ['scaling: 3'] }, 'scaling'],
    ['voxels in another file', { file: 'image.dat 0' }, 'file'],
    ['voxels inside the header', { file: '. 12' }, 'file'],
    ['no file', { file: '' }, 'file'],
    ['no END', { end: false }, 'header'],
  ])('is refused with %s, and the field is named', async (_what, text, field) => {
    const path = join(temporaryFolder(), 'image.mif');
    writeMif(path, floats(ramp(24)), text);
    await expect(readMifHeader(path)).rejects.toMatchObject({
      code: 'input.malformed',
      place: { file: path, field },
    });
  });

  it('is refused where the file is something else, empty or not there', async () => {
    const folder = temporaryFolder();
    for (const [name, text] of [
      ['nifti.mif', 'n+1'],
      ['empty.mif', ''],
      ['tracks.mif', 'mrtrix tracks\nEND\n'],
    ] as const) {
      writeFileSync(join(folder, name), text);
      await expect(readMifHeader(join(folder, name))).rejects.toMatchObject({ code: 'input.malformed' });
    }
    await expect(readMifHeader(join(folder, 'no.mif'))).rejects.toMatchObject({ code: 'input.not-found' });
  });
});

describe('the voxels of an MRtrix image', () => {
  it('come x fastest whatever the layout of the file (any layout of four axes)', async () => {
    const folder = temporaryFolder();
    const dims = [4, 3, 2, 2] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        async (ranks, negative) => {
          const layout = ranks.map((rank, axis) => `${negative[axis] === true ? '-' : '+'}${rank}`).join(',');
          // Strides as the documentation defines them: from the shortest, each times the size before it.
          const axisOfRank = [0, 1, 2, 3].map((rank) => ranks.indexOf(rank));
          let step = 1;
          const steps = [0, 0, 0, 0];
          for (const axis of axisOfRank) {
            steps[axis] = step;
            step *= dims[axis as 0] as number;
          }
          const data = new Array<number>(48).fill(-1);
          for (let index = 0; index < 48; index++) {
            const at = [
              index % 4,
              Math.floor(index / 4) % 3,
              Math.floor(index / 12) % 2,
              Math.floor(index / 24),
            ];
            const place = at.reduce((sum, position, axis) => {
              const size = dims[axis as 0] as number;
              return sum + (steps[axis] ?? 0) * (negative[axis] === true ? size - 1 - position : position);
            }, 0);
            data[place] = index;
          }
          const path = join(folder, 'image.mif');
          writeMif(path, floats(data), { dim: dims.join(','), vox: '2,2,3,nan', layout });
          expect([...(await readMifVoxels(await readMifHeader(path)))]).toEqual(ramp(48));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('are scaled, of either byte order, compressed or not', async () => {
    const folder = temporaryFolder();
    const big = Buffer.alloc(48);
    ramp(24).forEach((value) => big.writeInt16BE(value - 12, 2 * value));
    for (const name of ['image.mif', 'image.mif.gz']) {
      const path = join(folder, name);
      writeMif(path, big, { datatype: 'Int16BE', lines: ['scaling: 10,0.5'] });
      const header = await readMifHeader(path);
      expect([...(await readMifVoxels(header))]).toEqual(ramp(24).map((value) => 10 + 0.5 * (value - 12)));
      expect(await scanMif(header)).toMatchObject({ count: 24, minimum: 4, maximum: 15.5 });
    }
  });

  it('may be bits, highest first, the last byte padded', async () => {
    const path = join(temporaryFolder(), 'mask.mif');
    writeMif(path, Buffer.from([0b10110000, 0b00000001, 0b11000000]), { dim: '3,3,2', datatype: 'Bit' });
    const header = await readMifHeader(path);
    const bits = [1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1];
    expect([...(await readMifVoxels(header))]).toEqual(bits);
    expect(await scanMif(header)).toMatchObject({
      count: 18,
      finite: 18,
      minimum: 0,
      maximum: 1,
      nonZero: 6,
      nonBinary: 0,
    });
  });

  it('are refused where the file is cut or too long, and bits where they are scaled', async () => {
    const folder = temporaryFolder();
    const whole = mifBytes(floats(ramp(24)));
    for (const bytes of [whole.subarray(0, -3), Buffer.concat([whole, Buffer.from([0])])]) {
      writeFileSync(join(folder, 'image.mif'), bytes);
      const header = await readMifHeader(join(folder, 'image.mif'));
      await expect(scanMif(header)).rejects.toMatchObject({ code: 'input.malformed' });
    }
    writeMif(join(folder, 'mask.mif'), Buffer.from([0, 0, 0]), { datatype: 'Bit', lines: ['scaling: 0,2'] });
    const scaled = await readMifHeader(join(folder, 'mask.mif'));
    await expect(scanMif(scaled)).rejects.toMatchObject({ place: { field: 'scaling' } });
  });

  it('stop when aborted', async () => {
    const path = join(temporaryFolder(), 'image.mif');
    writeMif(path, floats(ramp(24)));
    const header = await readMifHeader(path);
    const options = { signal: AbortSignal.abort() };
    await expect(streamMifVoxels(header, () => undefined, options)).rejects.toThrow(/abort/i);
  });
});

describe('the gradients of an MRtrix image', () => {
  const table = async (
    rows: readonly string[],
    dim = '2,2,2,3',
  ): Promise<ReturnType<typeof mifGradients>> => {
    const path = join(temporaryFolder(), 'dwi.mif');
    const lines = rows.map((row) => `dw_scheme: ${row}`);
    writeMif(path, floats(ramp(24)), { dim, vox: '2,2,2,nan', layout: '+0,+1,+2,+3', lines });
    return mifGradients(await readMifHeader(path));
  };

  it('are directions in the world and b-values, one a volume', async () => {
    const found = await table(['0,0,0,0', '0.6,0,-0.8,1000', '0 1 0 2000']);
    expect(found).toEqual({
      bvals: [0, 1000, 2000],
      directions: [
        [0, 0, 0],
        [0.6, 0, -0.8],
        [0, 1, 0],
      ],
      findings: [],
    });
    expect(await table([])).toBeUndefined();
  });

  it.each([
    ['a row less', ['0,0,0,0', '1,0,0,1000'], /2 gradients for 3 volumes/],
    ['a word', ['0,0,0,0', '1,x,0,1000', '0,1,0,1000'], /row 1/],
    ['a direction of length 2', ['0,0,0,0', '2,0,0,1000', '0,1,0,1000'], /volume 1 .* has 2\.000/],
  ])('with %s are a finding', async (_what, rows, message) => {
    const found = await table(rows);
    expect(found?.findings.map((finding) => finding.message).join()).toMatch(message);
  });

  it('count directions once with their opposites, of the highest shell only', () => {
    const directions = [
      [0, 0, 0],
      [1, 0, 0],
      [-1, 0, 0],
      [0, 1, 0],
      [0, 0.001, 1],
      [0, 0, 1],
      [0.6, 0.8, 0],
    ] as const;
    expect(distinctDirections([0, 2000, 2000, 2005, 1995, 2000, 1000], directions)).toBe(3);
    expect(axisAngle([1, 0, 0], [-2, 0, 0])).toBeCloseTo(0);
    expect(axisAngle([1, 0, 0], [1, 1, 0])).toBeCloseTo(45);
  });
});

describe.skipIf(!hasTestData)('images that MRtrix3 wrote', () => {
  const image = (name: string): string => testData('phantom-tractography', name);

  it('are read with axes in another order in the file, gradients and bits', async () => {
    const dwi = await readMifHeader(image('dwi.mif'));
    expect(dwi).toMatchObject({ dims: [14, 5, 9, 68], strides: [1, 3, 2, 4], datatype: 'Float32LE' });
    const gradients = mifGradients(dwi);
    expect(gradients?.bvals.length).toBe(68);
    expect(gradients?.findings).toEqual([]);
    const scan = await scanMif(dwi);
    expect(scan).toMatchObject({ count: 14 * 5 * 9 * 68, finite: 14 * 5 * 9 * 68 });

    const mask = await scanMif(await readMifHeader(image('mask.mif')));
    expect(mask).toMatchObject({ count: 630, nonBinary: 0 });
    expect(mask.nonZero).toBeGreaterThan(50);
    const parcels = await scanMif(await readMifHeader(image('parc.mif')));
    expect(parcels).toMatchObject({ minimum: 0, maximum: 4, nonInteger: 0 });
  });
});
