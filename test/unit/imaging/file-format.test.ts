import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { lookAtFormat } from '../../../src/imaging/file-format.js';
import { niftiBytes } from '../../../src/imaging/nifti-write.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';

function file(name: string, content: string | Buffer): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

const image = niftiBytes({
  dims: [2, 2, 2],
  affine: [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ],
  datatype: 'int16',
  data: [1, 2, 3, 4, 5, 6, 7, 8],
});

describe.skipIf(!hasTestData)('a real recording is what its kind says', () => {
  it.each([
    ['nifti', ['dwi-small', 'small_64D.nii']],
    ['nifti', ['dwi-small', 'small_101D.nii.gz']],
    ['nifti', ['templates', 'mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz']],
    ['bval', ['dwi-small', 'small_64D.bval']],
    ['bvec', ['dwi-small', 'small_64D.bvec']],
    ['mif', ['phantom-tractography', 'dwi.mif']],
    ['mif', ['dwi-small', 'small_64D.nii']],
    ['tck', ['phantom-tractography', 'tracks.tck']],
    ['csv', ['phantom-tractography', 'reference-out.csv']],
    ['edf', ['eeg', 'test.edf']],
    ['brainvision', ['eeg', 'test.vhdr']],
    ['eeglab', ['eeg', 'eeglab_data.set']],
    ['tsv', ['bids', 'haxby-slice', 'sub-1', 'func', 'sub-1_task-objectviewing_run-01_events.tsv']],
    ['json', ['bids', 'haxby-slice', 'dataset_description.json']],
    ['text', ['bids', 'haxby-slice', 'dataset_description.json']],
  ])('%s %j', async (kind, path) => {
    expect((await lookAtFormat(testData(...path), kind)).problem).toBeUndefined();
  });
});

describe('a file that is not what its kind says', () => {
  it.each<[string, string, string | Buffer, string]>([
    ['JSON that is called an image', 'nifti', '{"not": "an image"}', 'is JSON'],
    ['compressed JSON that is called an image', 'nifti', gzipSync('[1, 2]'), 'is JSON'],
    ['an image that is called JSON', 'json', image, 'is a NIfTI image'],
    ['a compressed image that is called a table', 'tsv', gzipSync(image), 'is a NIfTI image'],
    ['an empty file', 'nifti', '', 'is empty'],
    ['a page of an archive that wanted a login', 'nifti', '<!DOCTYPE html>\n<html>', 'is HTML'],
    ['a pointer of git-annex', 'nifti', '/annex/objects/SHA256E-s1--0\n', 'is text'],
    ['tracks that are called an image', 'mif', 'mrtrix tracks\ncount: 0\n', 'is MRtrix tracks'],
    ['an image that is called tracks', 'tck', 'mrtrix image\ndim: 2,2,2\n', 'is an MRtrix image'],
    ['a zip archive that is called an EEG recording', 'edf', 'PK\u0003\u0004\0\0', 'is a zip archive'],
    ['noise', 'json', Buffer.from([0, 1, 2, 250]), 'is of no format that is known here'],
  ])('%s', async (_what, kind, content, message) => {
    expect((await lookAtFormat(file('file', content), kind)).problem).toEqual({
      message,
      expected: expect.any(String) as string,
    });
  });

  it('is told of no kind that may be anything', async () => {
    expect(await lookAtFormat(file('file', ''), 'any')).toEqual({ format: undefined });
  });

  it('is an error where it is a gzip file that was cut', async () => {
    const path = file('image.nii.gz', gzipSync(image).subarray(0, 40));
    await expect(lookAtFormat(path, 'nifti')).rejects.toMatchObject({ code: 'input.malformed' });
  });
});
