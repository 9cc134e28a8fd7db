import { describe, expect, it } from 'vitest';
import {
  bidsUri,
  datasetLinkName,
  derivativeDescription,
  derivativeName,
} from '../../../src/bids/derivative.js';

const source = {
  entities: { sub: '01', ses: 'a', task: 'rest', run: '2' },
  suffix: 'bold',
  extension: '.nii.gz',
  datatype: 'func',
};

describe('derivativeName', () => {
  it('adds entities by short or long name, in order', () => {
    expect(derivativeName(source, { description: 'preproc', space: 'MNI152NLin6Asym' })).toBe(
      'sub-01/ses-a/func/sub-01_ses-a_task-rest_run-2_space-MNI152NLin6Asym_desc-preproc_bold.nii.gz',
    );
  });

  it('changes suffix, data type and extension, and removes what is set to nothing', () => {
    const changes = { suffix: 'mask', extension: '.json', datatype: 'anat', run: '', task: '' };
    expect(derivativeName(source, changes)).toBe('sub-01/ses-a/anat/sub-01_ses-a_mask.json');
    expect(derivativeName(source, { datatype: '', session: '' })).toBe(
      'sub-01/sub-01_task-rest_run-2_bold.nii.gz',
    );
  });

  it('keeps odd labels and refuses those that would leave the folder', () => {
    const odd = { ...source, entities: { sub: 'a b;c\'"' } };
    expect(derivativeName(odd, { desc: 'x' })).toBe('sub-a b;c\'"/func/sub-a b;c\'"_desc-x_bold.nii.gz');
    expect(() => derivativeName(source, { desc: '../../x' })).toThrow(/cannot stand in a BIDS name/);
  });

  it('leaves its source as it was', () => {
    derivativeName(source, { run: '' });
    expect(source.entities.run).toBe('2');
  });
});

describe('bidsUri', () => {
  it('names a file of this dataset and of another one', () => {
    expect(bidsUri('', 'sub-01/anat/sub-01_T1w.nii.gz')).toBe('bids::sub-01/anat/sub-01_T1w.nii.gz');
    expect(bidsUri('ds001', 'sub-01/a.nii')).toBe('bids:ds001:sub-01/a.nii');
  });

  it('is a URI whatever the names', () => {
    const uri = bidsUri('Müller: study 1', 'sub-a b;c\'"/x#?%.nii');
    expect(uri).toMatch(/^bids:[A-Za-z0-9_.-]*:[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*$/);
    expect(decodeURIComponent(uri.split(':')[2] ?? '')).toBe('sub-a b;c\'"/x#?%.nii');
    expect(new URL(uri).protocol).toBe('bids:');
  });
});

describe('derivativeDescription', () => {
  it('says what made it and links the source by the name that URIs use', () => {
    const name = 'My study: 1';
    const description = derivativeDescription({
      name: 'x by NeuroClaw',
      generatedBy: [{ Name: 'NeuroClaw', Version: '1.2.3' }],
      source: { name, path: '/data/a b' },
    });
    expect(description).toEqual({
      Name: 'x by NeuroClaw',
      BIDSVersion: '1.10.0',
      DatasetType: 'derivative',
      GeneratedBy: [{ Name: 'NeuroClaw', Version: '1.2.3' }],
      DatasetLinks: { 'My-study-1': 'file:///data/a%20b' },
      SourceDatasets: [{ URL: 'file:///data/a%20b' }],
    });
    expect(bidsUri(name, 'x')).toBe(`bids:${datasetLinkName(name)}:x`);
  });

  it('has no links without a source', () => {
    const description = derivativeDescription({ name: 'x', generatedBy: [{ Name: 'y' }] });
    expect(Object.keys(description)).toEqual(['Name', 'BIDSVersion', 'DatasetType', 'GeneratedBy']);
  });
});
