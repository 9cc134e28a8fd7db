import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../../src/checks/catalog.js';
import type { JsonValue } from '../../../src/kernel/json.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { diffusionProtocol, simulateDwi } from '../../../src/synthetic/dwi.js';
import { makeHead } from '../../../src/synthetic/head-phantom.js';
import { seededRandom } from '../../../src/synthetic/random.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { floats, writeMif } from '../imaging/write-mrtrix.js';
import { check, subject } from './subject.js';

describe('fod.degree', () => {
  /** An image of so many coefficients, from a series of so many directions along a spiral. */
  async function fod(
    coefficients: number,
    directions: number,
    args: Record<string, JsonValue> = {},
  ): Promise<CheckResult> {
    const folder = temporaryFolder();
    const series = (name: string, volumes: number, lines: readonly string[]): string => {
      const text = { dim: `1,1,1,${volumes}`, vox: '2,2,2,nan', layout: '+0,+1,+2,+3', lines };
      writeMif(join(folder, name), floats(new Array<number>(volumes).fill(1)), text);
      return join(folder, name);
    };
    const rows = Array.from({ length: directions }, (_, index) => {
      const z = (index + 0.5) / directions;
      const radius = Math.sqrt(1 - z * z);
      return `dw_scheme: ${radius * Math.cos(2.4 * index)},${radius * Math.sin(2.4 * index)},${z},1000`;
    });
    const path = series('fod.mif', coefficients, []);
    const inputs = { dwi: [series('dwi.mif', 2 * directions, [...rows, ...rows])] };
    return check(subject(path, { kind: 'mif', inputs }), 'fod.degree', { input: 'dwi', ...args });
  }

  it('passes what the directions determine; directions measured twice count once', async () => {
    expect(await fod(45, 45)).toMatchObject({ ok: true, findings: [], values: { lmax: 8, directions: 45 } });
    expect(await fod(15, 20)).toMatchObject({ ok: true, findings: [], values: { lmax: 4, directions: 20 } });
  });

  it('warns of super-resolution, and rejects it where it is not wanted or goes too far', async () => {
    expect(await fod(45, 20)).toMatchObject({ ok: true, findings: [{ severity: 'warning' }] });
    expect((await fod(45, 20, { super_resolved: false })).ok).toBe(false);
    expect((await fod(66, 20)).ok).toBe(false);
    expect((await fod(45, 5)).ok).toBe(false);
  });

  it('rejects numbers that are none of spherical harmonics', async () => {
    for (const coefficients of [2, 44, 46, 10])
      expect((await fod(coefficients, 60)).findings[0]?.message).toBe(`${coefficients} volumes`);
  });

  it.skipIf(!hasTestData)('passes the orientations of the SIFT phantom', async () => {
    const inputs = { dwi: [testData('phantom-tractography', 'dwi.mif')] };
    const path = testData('phantom-tractography', 'fods.mif');
    expect(await check(subject(path, { inputs }), 'fod.degree', { input: 'dwi' })).toMatchObject({
      ok: true,
      values: { lmax: 8, directions: 60 },
    });
  });
});

describe('response.coefficients', () => {
  const of = async (text: string, args: Record<string, JsonValue> = {}): Promise<CheckResult> => {
    const path = join(temporaryFolder(), 'response.txt');
    writeFileSync(path, text);
    return check(subject(path, { kind: 'text' }), 'response.coefficients', args);
  };
  // Written by dwi2response 3.0.3 tournier from the 20 directions at b=1000 of a real brain.
  const real = '# Shells: 1000\n606.06 -256.27 61.16 -8.56 1.48 0.74\n';

  it('passes the responses of white matter, and of isotropic tissue', async () => {
    expect(await of(real, { tissues: 1 })).toMatchObject({
      ok: true,
      values: { shells: 1, coefficients: 6 },
    });
    expect((await of('# Shells: 0,1000,2000\n2100 0 0\n900 -300 40\n500 -250 60\n')).ok).toBe(true);
    expect((await of('2500\n700\n200\n')).ok).toBe(true);
  });

  it.each<[string, string, Record<string, JsonValue>, RegExp]>([
    ['a negative signal', '-606 256 61\n', {}, /mean signal of shell 1 is -606/],
    ['a signal that rises with b', '900 0\n2100 -300\n', {}, /rises from shell 1 \(900\) to 2/],
    ['most signal along the fibres', '606 256 61\n', { tissues: 1 }, /l=2 is 256/],
    ['no anisotropy where there must be', '606\n', { tissues: 1 }, /l=2 is missing/],
    ['rows of different lengths', '900 -300\n500\n', {}, /rows of 2 and 1/],
    ['a word', '900 nan\n', {}, /"nan"/],
    ['nothing in it', '# Shells: 1000\n', {}, /no row/],
  ])('rejects a response with %s', async (_what, text, args, message) => {
    const result = await of(text, args);
    expect(result.ok).toBe(false);
    expect(result.findings.map((finding) => finding.message).join('; ')).toMatch(message);
  });
});

describe('dwi.gradient-frame', () => {
  const random = seededRandom(3, 'check');
  const volumes = diffusionProtocol(random, [{ b: 1000, directions: 12 }]);
  const scan = simulateDwi(makeHead(3, '01'), volumes, random);

  async function judge(
    bvec: string,
    bval = scan.bval,
    args: Record<string, JsonValue> = {},
  ): Promise<CheckResult> {
    const folder = temporaryFolder();
    const outputs = {
      image: join(folder, 'dwi.nii'),
      bval: join(folder, 'dwi.bval'),
      bvec: join(folder, 'dwi.bvec'),
    };
    await writeNifti(outputs.image, scan.image);
    writeFileSync(outputs.bval, bval);
    writeFileSync(outputs.bvec, bvec);
    const about = subject(outputs.bvec, { kind: 'bvec', output: 'bvec', outputs });
    return check(about, 'dwi.gradient-frame', { image: 'image', bval: 'bval', ...args });
  }
  const rows = scan.bvec.trim().split('\n');
  const negated = (axis: number): string =>
    rows
      .map((row, index) =>
        index === axis
          ? row
              .trim()
              .split(/\s+/)
              .map((value) => String(-Number(value)))
              .join(' ')
          : row,
      )
      .join('\n');

  it('passes the gradients of the scan', async () => {
    expect(await judge(scan.bvec)).toMatchObject({ ok: true, findings: [], values: { verdict: 'right' } });
  });

  it.each([
    [0, 'x negated'],
    [1, 'y negated'],
    [2, 'z negated'],
  ])('rejects axis %i flipped', async (axis, frame) => {
    const result = await judge(negated(axis));
    expect(result).toMatchObject({
      ok: false,
      findings: [{ code: 'dwi.gradient-frame', expected: `gradients with ${frame}` }],
      values: { best_other_frame: frame },
    });
  });

  it('rejects axes that were swapped', async () => {
    expect((await judge([rows[1], rows[0], rows[2]].join('\n'))).ok).toBe(false);
  });

  it('says so where the gradients determine no tensor, and rejects a table that does not fit', async () => {
    const flat = scan.bval
      .trim()
      .split(/\s+/)
      .map(() => '0')
      .join(' ');
    expect(await judge(scan.bvec, flat)).toMatchObject({ ok: true, findings: [{ severity: 'info' }] });
    expect((await judge('0 1\n0 0\n0 0\n')).ok).toBe(false);
  });
});
