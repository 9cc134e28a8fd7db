import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runChecks, type CheckResult } from '../../src/checks/catalog.js';
import { determinant, type Affine } from '../../src/imaging/affine.js';
import { readNiftiHeader } from '../../src/imaging/nifti-header.js';
import { niftiBytes } from '../../src/imaging/nifti-write.js';
import { readVoxels } from '../../src/imaging/voxel-stream.js';
import { hasTestData, testData } from '../support/data.js';
import { temporaryFolder } from '../support/temporary.js';
import { runDcm2niix } from '../unit/skills/wasm-tools.js';

const argv = ['dcm2niix', '-b', 'y', '-ba', 'y', '-z', 'n', '-f', 'image', '-o', '/out', '/in/dicoms'];

/** A real brain as it comes from the scanner: 2 mm, b=0 twice and 20 directions at b=1000 twice, neither denoised nor corrected. */
describe.skipIf(!hasTestData)('the frame of the gradients of a converted brain', () => {
  let image: Uint8Array;
  let bval: string;
  let rows: string[];

  beforeAll(async () => {
    const { files } = await runDcm2niix(argv, testData('dicom', 'siemens-trio-dti20'));
    const file = (name: string): Uint8Array => files.get(name) ?? new Uint8Array();
    image = file('image.nii');
    bval = Buffer.from(file('image.bval')).toString();
    rows = Buffer.from(file('image.bvec')).toString().trim().split('\n');
  }, 120_000);

  async function judge(table: readonly (string | undefined)[]): Promise<CheckResult | undefined> {
    const folder = temporaryFolder();
    const outputs = {
      image: join(folder, 'image.nii'),
      bval: join(folder, 'image.bval'),
      bvec: join(folder, 'image.bvec'),
    };
    writeFileSync(outputs.image, image);
    writeFileSync(outputs.bval, bval);
    writeFileSync(outputs.bvec, `${table.join('\n')}\n`);
    const subject = {
      output: 'bvec',
      kind: 'bvec',
      path: outputs.bvec,
      inputs: {},
      outputs,
      params: {},
      sidecar: {},
    };
    const args = { image: 'image', bval: 'bval' };
    const [result] = await runChecks(subject, [{ check: 'dwi.gradient-frame', args }]);
    return result;
  }
  const negate = (row: string | undefined): string =>
    (row ?? '')
      .trim()
      .split(/\s+/)
      .map((value) => String(-Number(value)))
      .join(' ');

  it('is right as the scanner says it, by a wide margin', async () => {
    const result = await judge(rows);
    expect(result).toMatchObject({ ok: true, findings: [], values: { verdict: 'right' } });
    const { mean_length_mm: own, best_other_mm: other } = result?.values ?? {};
    expect(Number(own) / Number(other)).toBeGreaterThan(1.4);
  });

  it.each([
    [0, 'x negated'],
    [1, 'y negated'],
    [2, 'z negated'],
  ])('is wrong with axis %i flipped: %s is found', async (axis, frame) => {
    const result = await judge(rows.map((row, index) => (index === axis ? negate(row) : row)));
    expect(result).toMatchObject({ ok: false, values: { verdict: 'wrong', best_other_frame: frame } });
  });

  it('is told from a table that was not turned with an image that is stored the other way round', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'right.nii');
    writeFileSync(path, image);
    const header = await readNiftiHeader(path);
    expect(determinant(header.affine)).toBeLessThan(0);
    const data = await readVoxels(header);
    const [nx = 1] = header.dims;
    const turned = new Float32Array(data.length);
    for (let index = 0; index < data.length; index++)
      turned[index - (index % nx) + (nx - 1 - (index % nx))] = data[index] ?? 0;
    const [a, b, c] = header.affine;
    const row = ([x, y, z, t]: Affine[0]): Affine[0] => [-x, y, z, t + (nx - 1) * x];
    const affine: Affine = [row(a), row(b), row(c), [0, 0, 0, 1]];
    expect(determinant(affine)).toBeGreaterThan(0);
    const before = image;
    image = niftiBytes({
      dims: header.dims,
      affine,
      datatype: 'float32',
      data: turned,
      repetitionTimeS: 7.6,
    });
    // The first axis runs the other way now, and FSL counts against it: the same numbers are right.
    expect(await judge(rows)).toMatchObject({ ok: true, values: { verdict: 'right' } });
    // The mistake: x turned with the axis, as if directions counted along it.
    const mistaken = await judge([negate(rows[0]), rows[1], rows[2]]);
    image = before;
    expect(mistaken).toMatchObject({
      ok: false,
      values: { verdict: 'wrong', best_other_frame: 'x negated' },
    });
  });

  it('is wrong with two axes swapped', async () => {
    const result = await judge([rows[1], rows[0], rows[2]]);
    expect(result).toMatchObject({
      ok: false,
      findings: [{ code: 'dwi.gradient-frame', expected: 'gradients with axes in the order yxz' }],
    });
  });
});
