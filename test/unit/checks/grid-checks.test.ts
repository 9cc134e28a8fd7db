import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Affine } from '../../../src/imaging/affine.js';
import { niftiBytes } from '../../../src/imaging/nifti-write.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { check, headAffine, subject, writeImage } from './subject.js';

/** A result beside the image that it was made from. */
async function pair(...[change, input]: [object?, object?]): Promise<ReturnType<typeof subject>> {
  const path = join(temporaryFolder(), 'result.nii.gz');
  await writeImage(join(dirname(path), 'input.nii.gz'), input);
  await writeImage(path, change);
  return subject(path);
}

const moved = (row: 0 | 1 | 2, column: 0 | 1 | 2 | 3, value: number): Affine => {
  const rows = headAffine.map((each) => [...each]);
  (rows[row] as number[])[column] = value;
  return rows as unknown as Affine;
};

describe('nifti.same-grid', () => {
  const same = { input: 'image' };

  it('passes the grid of the input', async () => {
    expect(await check(await pair(), 'nifti.same-grid', same)).toMatchObject({ ok: true, findings: [] });
  });

  it('passes the same voxels stored with other strides', async () => {
    // The first axis the other way round, the last two exchanged.
    const affine: Affine = [
      [2, 0, 0, 66],
      [0, 0, 2, -100],
      [0, 3, 0, -40],
      [0, 0, 0, 1],
    ];
    const result = await check(await pair({ dims: [8, 6, 7], affine }), 'nifti.same-grid', same);
    expect(result).toMatchObject({ ok: true, values: { orientation: 'RSA', input_orientation: 'LAS' } });
  });

  it.each<[string, object]>([
    ['an affine flipped left to right under unchanged voxels', { affine: moved(0, 0, 2) }],
    ['a shift of half a voxel', { affine: moved(0, 3, 81) }],
    ['a shift of a hundredth of a millimetre', { affine: moved(2, 3, -40.01) }],
    ['voxels of another size', { affine: moved(2, 2, 3.1) }],
    ['a rotation of one degree', { affine: moved(1, 2, 3 * Math.sin(Math.PI / 180)) }],
    ['a slice less', { dims: [8, 7, 5] }],
    ['exchanged axes under an unchanged affine', { dims: [7, 8, 6] }],
  ])('rejects %s', async (_what, change) => {
    const result = await check(await pair(change), 'nifti.same-grid', same);
    expect(result.ok).toBe(false);
    expect(result.findings[0]?.expected).toMatch(/image/);
  });

  it('compares volumes only where asked to', async () => {
    const about = await pair({ dims: [8, 7, 6, 4] }, { dims: [8, 7, 6, 5] });
    expect((await check(about, 'nifti.same-grid', same)).ok).toBe(true);
    expect(await check(about, 'nifti.same-grid', { ...same, volumes: true })).toMatchObject({
      ok: false,
      findings: [{ message: '4 volumes, but image has 5' }],
    });
    expect((await check(about, 'nifti.same-volumes', same)).ok).toBe(false);
    expect(
      (await check(await pair({ dims: [8, 7, 6, 5] }, { dims: [8, 7, 6, 5] }), 'nifti.same-volumes', same))
        .ok,
    ).toBe(true);
  });

  it('takes another output or a tolerance', async () => {
    const about = await pair({ affine: moved(0, 3, 80.4) });
    const input = about.inputs['image']?.[0] ?? '';
    const withMask = subject(about.path, { inputs: {}, outputs: { result: about.path, mask: input } });
    expect((await check(withMask, 'nifti.same-grid', { input: 'mask' })).ok).toBe(false);
    expect((await check(withMask, 'nifti.same-grid', { input: 'mask', tolerance_mm: 0.5 })).ok).toBe(true);
  });

  it('names a role that is not there', async () => {
    const result = await check(await pair(), 'nifti.same-grid', { input: 'imgae' });
    expect(result.ok).toBe(false);
    expect(result.findings[0]).toMatchObject({
      code: 'nifti.same-grid',
      message: expect.stringContaining('imgae') as string,
    });
  });

  it.skipIf(!hasTestData)(
    'tells the parcellation of a real scan from its mask: they have two grids',
    async () => {
      const labels = (name: string): string =>
        testData(
          'bids',
          'adult-t1w',
          'derivatives',
          'freesurfer-labels',
          'sub-01',
          'anat',
          `sub-01_${name}.nii.gz`,
        );
      const inputs = { image: [testData('bids', 'adult-t1w', 'sub-01', 'anat', 'sub-01_T1w.nii.gz')] };
      expect((await check(subject(labels('desc-brain_mask'), { inputs }), 'nifti.same-grid', same)).ok).toBe(
        true,
      );
      expect(
        (await check(subject(labels('atlas-desikan_dseg'), { inputs }), 'nifti.same-grid', same)).ok,
      ).toBe(false);
      expect((await check(subject(labels('desc-5tt_probseg'), { inputs }), 'nifti.same-grid', same)).ok).toBe(
        false,
      );
    },
  );
});

describe('nifti.affine', () => {
  const changed = async (change: (bytes: Buffer) => void): ReturnType<typeof check> => {
    const path = join(temporaryFolder(), 'result.nii');
    await writeImage(path);
    const bytes = readFileSync(path);
    change(bytes);
    writeFileSync(path, bytes);
    return check(subject(path), 'nifti.affine');
  };

  it('passes a place in space that qform and sform agree on, or that one of them says', async () => {
    expect(await changed(() => undefined)).toMatchObject({ ok: true, values: { orientation: 'LAS' } });
    for (const code of [252, 254])
      expect((await changed((bytes) => bytes.writeInt16LE(0, code))).ok).toBe(true);
  });

  it.each<[string, RegExp, (bytes: Buffer) => void]>([
    ['no place at all', /neither qform nor sform/, (bytes) => bytes.fill(0, 252, 256)],
    [
      'an sform that was moved and a qform that was not',
      /differ by 10\.000 mm/,
      (bytes) => bytes.writeFloatLE(90, 292),
    ],
    ['an sform flipped against its qform', /differ by/, (bytes) => bytes.writeFloatLE(2, 280)],
    ['NaN', /not finite/, (bytes) => bytes.writeFloatLE(NaN, 284)],
    ['an sform of zeros', /singular/, (bytes) => bytes.fill(0, 280, 328)],
    ['voxels of no size', /voxel sizes are 2 x 0 x 3/, (bytes) => bytes.writeFloatLE(0, 84)],
    ['lengths in metres', /in m$/, (bytes) => (bytes[123] = 1)],
  ])('rejects %s', async (_what, message, change) => {
    const result = await changed(change);
    expect(result.ok).toBe(false);
    expect(result.findings.map((finding) => finding.message).join('; ')).toMatch(message);
  });

  it.skipIf(!hasTestData)('passes what scanners, FSL, FreeSurfer and templates really write', async () => {
    for (const path of [
      ['bids', 'haxby-slice', 'sub-1', 'func', 'sub-1_task-objectviewing_run-01_bold.nii.gz'],
      ['dicom', 'siemens-epi-four-pe-reference', 'EPI_PE=LR_6.nii'],
      ['dwi-small', 'small_64D.nii'],
      ['dwi-small', 'small_101D.nii.gz'],
      ['templates', 'mni_icbm152_gm_tal_nlin_sym_09a_converted.nii.gz'],
      ['pet-lesion', 'prediction-a.nii.gz'],
    ])
      expect(await check(subject(testData(...path)), 'nifti.affine')).toMatchObject({
        ok: true,
        findings: [],
      });
  });
});

describe('nifti.dimensions', () => {
  it('tells one volume from a series', async () => {
    const volume = await pair();
    const series = await pair({ dims: [8, 7, 6, 3] });
    expect((await check(volume, 'nifti.dimensions', { dims: 3 })).ok).toBe(true);
    expect((await check(volume, 'nifti.dimensions', { dims: 4 })).ok).toBe(false);
    expect((await check(series, 'nifti.dimensions', { dims: 4 })).ok).toBe(true);
    expect((await check(series, 'nifti.dimensions', { dims: 4, min_volumes: 4 })).ok).toBe(false);
    expect((await check(series, 'nifti.dimensions', { dims: 3 })).findings).toMatchObject([
      { message: '3 volumes' },
    ]);
    expect((await check(await pair({ dims: [8, 7, 6, 1] }), 'nifti.dimensions', { dims: 3 })).ok).toBe(true);
  });
});

describe('nifti.repetition-time', () => {
  const series = (repetitionTimeS?: number): object => ({
    dims: [8, 7, 6, 3],
    ...(repetitionTimeS === undefined ? {} : { repetitionTimeS }),
  });

  it('passes the TR of the input, within a millisecond', async () => {
    expect(
      (await check(await pair(series(2.5), series(2.5)), 'nifti.repetition-time', { input: 'image' })).ok,
    ).toBe(true);
    expect(
      (await check(await pair(series(2.5002), series(2.5)), 'nifti.repetition-time', { input: 'image' })).ok,
    ).toBe(true);
  });

  it.each([
    ['lost', undefined],
    ['in milliseconds', 2500],
    ['one', 1],
    ['off by 2 ms', 2.502],
  ])('rejects a TR that is %s', async (_what, tr) => {
    const result = await check(await pair(series(tr), series(2.5)), 'nifti.repetition-time', {
      input: 'image',
    });
    expect(result).toMatchObject({
      ok: false,
      findings: [{ expected: '2.5 s, as in image', place: { field: 'pixdim[4]' } }],
    });
  });

  it('compares with the sidecar where no input is named', async () => {
    const { path } = await pair(series(2.5));
    expect(
      (await check(subject(path, { sidecar: { RepetitionTime: 2.5 } }), 'nifti.repetition-time')).ok,
    ).toBe(true);
    expect((await check(subject(path, { sidecar: { RepetitionTime: 2 } }), 'nifti.repetition-time')).ok).toBe(
      false,
    );
    expect((await check(subject(path), 'nifti.repetition-time')).ok).toBe(true);
  });

  it('reads milliseconds for what they are', async () => {
    const { path, inputs } = await pair(series(2.5), series(2.5));
    const bytes = niftiBytes({
      dims: [2, 2, 2, 3],
      affine: headAffine,
      datatype: 'uint8',
      data: new Uint8Array(24),
      repetitionTimeS: 2500,
    });
    bytes[123] = 2 + 16;
    writeFileSync(path.replace('.gz', ''), bytes);
    expect(
      (await check(subject(path.replace('.gz', ''), { inputs }), 'nifti.repetition-time', { input: 'image' }))
        .ok,
    ).toBe(true);
  });
});
