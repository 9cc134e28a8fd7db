import { describe, expect, it } from 'vitest';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import type { BidsPattern } from '../../../src/bids/pattern.js';
import { queryFiles } from '../../../src/bids/query.js';
import { hasTestData, testData } from '../../support/data.js';
import { writeDataset } from './tree.js';

const root = (): string =>
  writeDataset({
    'sub-01/func/sub-01_task-rest_run-1_bold.nii.gz': '',
    'sub-01/func/sub-01_task-rest_run-01_bold.nii.gz': '',
    'sub-01/func/sub-01_task-rest_run-10_bold.nii.gz': '',
    'sub-01/func/sub-01_task-rest_run-2_bold.nii': '',
    'sub-01/func/sub-01_task-rest_bold.json': '',
    'sub-01/anat/sub-01_zoo-x_T1w.nii.gz': '',
    'sub-1/anat/sub-1_T1w.nii.gz': '',
  });

async function query(pattern: BidsPattern, participants?: string[]): Promise<string[]> {
  const dataset = await indexDataset(root());
  return queryFiles(dataset, pattern, participants === undefined ? {} : { participants }).map((file) =>
    file.path.replace(/^.*\//, ''),
  );
}

describe('queryFiles', () => {
  it('compares labels as text: run 1 is not run 01, sub 1 is not sub 01', async () => {
    expect(await query({ run: '1' })).toEqual(['sub-01_task-rest_run-1_bold.nii.gz']);
    expect(await query({ run: '01' })).toEqual(['sub-01_task-rest_run-01_bold.nii.gz']);
    expect(await query({ subject: '1' })).toEqual(['sub-1_T1w.nii.gz']);
  });

  it('keeps the natural order', async () => {
    expect(await query({ datatype: 'func', run: '*' })).toEqual([
      'sub-01_task-rest_run-01_bold.nii.gz',
      'sub-01_task-rest_run-1_bold.nii.gz',
      'sub-01_task-rest_run-2_bold.nii',
      'sub-01_task-rest_run-10_bold.nii.gz',
    ]);
  });

  it('takes long and short names, lists, * and none', async () => {
    expect(await query({ run: ['2', '10'] })).toHaveLength(2);
    expect(await query({ suffix: 'bold', run: 'none' })).toEqual(['sub-01_task-rest_bold.json']);
    expect(await query({ suffix: 'bold', run: ['none', '2'] })).toHaveLength(2);
    expect(await query({ suffix: ['bold', 'T1w'], extension: ['.nii', '.nii.gz'] })).toHaveLength(6);
    expect(await query({ extension: 'json', task: 'rest' })).toEqual(['sub-01_task-rest_bold.json']);
    expect(await query({ task: [] })).toEqual([]);
    expect(await query({ task: 'REST' })).toEqual([]);
  });

  it('narrows to participants, with or without prefix', async () => {
    expect(await query({ suffix: 'T1w' }, ['1'])).toEqual(['sub-1_T1w.nii.gz']);
    expect(await query({ suffix: 'T1w' }, ['sub-01'])).toEqual(['sub-01_zoo-x_T1w.nii.gz']);
    expect(await query({}, [])).toEqual([]);
  });

  it('knows entities that only this dataset has', async () => {
    expect(await query({ zoo: 'x' })).toEqual(['sub-01_zoo-x_T1w.nii.gz']);
    expect(await query({ suffix: 'T1w', zoo: 'none' })).toEqual(['sub-1_T1w.nii.gz']);
  });

  it('refuses a word that is no entity and names the nearest', async () => {
    await expect(query({ taks: 'rest' })).rejects.toMatchObject({
      code: 'input.invalid',
      message: 'taks is no BIDS entity; did you mean task?',
    });
    await expect(query({ toString: 'x' })).rejects.toMatchObject({ code: 'input.invalid' });
  });
});

describe.skipIf(!hasTestData)('queryFiles on real layouts', () => {
  it('finds the 48 runs of ds001 and the second session of ds114', async () => {
    const ds001 = await indexDataset(testData('bids-examples', 'ds001'));
    expect(queryFiles(ds001, { datatype: 'func', suffix: 'bold', extension: '.nii.gz' })).toHaveLength(48);
    const ds114 = await indexDataset(testData('bids-examples', 'ds114'));
    expect(queryFiles(ds114, { session: 'retest', suffix: 'dwi' })).toHaveLength(10);
  });
});
