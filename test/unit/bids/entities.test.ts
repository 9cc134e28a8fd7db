import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bidsPath,
  entityKey,
  entityTable,
  formatBidsName,
  parseBidsName,
} from '../../../src/bids/entities.js';
import { NeuroClawError } from '../../../src/kernel/errors.js';

/** Anything a file system takes, but what separates the parts of a name. */
const label = fc
  .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
  .filter((text) => !/[_/\0]/.test(text));
const entities = fc
  .uniqueArray(fc.constantFrom(...entityTable.map(([key]) => key)), { minLength: 1, maxLength: 8 })
  .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, label]))));
const name = fc.record({
  entities,
  suffix: fc.stringMatching(/^[A-Za-z0-9]{1,10}$/),
  extension: fc.constantFrom('', '.nii', '.nii.gz', '.json', '.tsv', '.ome.tif', '.ds'),
});

describe('parseBidsName', () => {
  it('takes a name apart', () => {
    expect(parseBidsName('sub-01_ses-1_task-nback_run-02_bold.nii.gz')).toEqual({
      entities: { sub: '01', ses: '1', task: 'nback', run: '02' },
      suffix: 'bold',
      extension: '.nii.gz',
    });
  });

  it('keeps labels with spaces, quotes, semicolons, dashes, dots and accents as they are', () => {
    for (const odd of ['a b;c\'"', 'Ünïcode', 'control-01', '1.5', '$(rm -rf)', '日本', '🧠', 'a\nb']) {
      expect(parseBidsName(`sub-${odd}_T1w.nii.gz`)).toEqual({
        entities: { sub: odd },
        suffix: 'T1w',
        extension: '.nii.gz',
      });
    }
  });

  it('knows names that are a suffix alone, which lower levels inherit', () => {
    expect(parseBidsName('dwi.bval')).toEqual({ entities: {}, suffix: 'dwi', extension: '.bval' });
    expect(parseBidsName('participants.tsv')?.suffix).toBe('participants');
  });

  it.each([
    'README',
    'README.md',
    'dataset_description.json',
    'lh.pial',
    'COR-256',
    'sub-01.html',
    'sub-01_sub-02_T1w.nii.gz',
    'sub-_T1w.nii.gz',
    'sub_T1w.nii.gz',
    'word-red_image.jpg',
    'sub-01_.nii.gz',
    '',
    '_',
    '-',
    '.nii.gz',
  ])('refuses %j, which is no BIDS name', (text) => {
    expect(parseBidsName(text)).toBeUndefined();
  });

  it('takes names of object members for entities like any other', () => {
    const parsed = parseBidsName('sub-01_constructor-x_toString-y_T1w.nii');
    expect(parsed?.entities).toEqual({ sub: '01', constructor: 'x', toString: 'y' });
    expect(parseBidsName('sub-01_constructor-x_constructor-y_T1w.nii')).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseBidsName(text)));
  });
});

describe('formatBidsName', () => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(name, (parts) => {
        expect(parseBidsName(formatBidsName(parts))).toEqual(parts);
      }),
    );
  });

  it('writes the same name for any order of the entities', () => {
    fc.assert(
      fc.property(name, (parts) => {
        const reversed = Object.fromEntries(Object.entries(parts.entities).reverse());
        expect(formatBidsName({ ...parts, entities: reversed })).toBe(formatBidsName(parts));
      }),
    );
  });

  it('puts entities in the order of the specification, unknown ones before desc', () => {
    const parts = { desc: 'a', run: '1', zoo: 'z', space: 'MNI', task: 't', ses: '2', sub: '1', acq: 'q' };
    expect(formatBidsName({ entities: parts, suffix: 'bold', extension: '.nii' })).toBe(
      'sub-1_ses-2_task-t_acq-q_run-1_space-MNI_zoo-z_desc-a_bold.nii',
    );
  });

  it.each([
    { entities: { sub: '../x' }, suffix: 'T1w', extension: '.nii' },
    { entities: { sub: 'a_b' }, suffix: 'T1w', extension: '.nii' },
    { entities: { sub: '' }, suffix: 'T1w', extension: '.nii' },
    { entities: { 'su b': '1' }, suffix: 'T1w', extension: '.nii' },
    { entities: { sub: '1' }, suffix: 'a/b', extension: '.nii' },
    { entities: { sub: '1' }, suffix: '', extension: '.nii' },
    { entities: { sub: '1' }, suffix: 'a-b', extension: '.nii' },
    { entities: { sub: '1' }, suffix: 'T1w', extension: 'nii' },
    { entities: { sub: '1' }, suffix: 'T1w', extension: '.nii/../../x' },
  ])('refuses %j, which would break the name or leave its folder', (parts) => {
    expect(() => formatBidsName(parts)).toThrow(NeuroClawError);
  });
});

describe('bidsPath', () => {
  it('puts the file in the folders of participant, session and data type', () => {
    const parts = { entities: { task: 'x', ses: '1', sub: '01' }, suffix: 'bold', extension: '.nii.gz' };
    expect(bidsPath({ ...parts, datatype: 'func' })).toBe(
      'sub-01/ses-1/func/sub-01_ses-1_task-x_bold.nii.gz',
    );
    expect(bidsPath({ ...parts, entities: { task: 'x' } })).toBe('task-x_bold.nii.gz');
  });

  it('puts a template in the folders of template and cohort', () => {
    const parts = { entities: { tpl: 'MNI', cohort: '2', res: '1' }, suffix: 'T1w', extension: '.nii' };
    expect(bidsPath({ ...parts, datatype: 'anat' })).toBe(
      'tpl-MNI/cohort-2/anat/tpl-MNI_cohort-2_res-1_T1w.nii',
    );
  });

  it.each(['..', 'a/b', '.'])('refuses the data type %j', (datatype) => {
    const parts = { entities: { sub: '1' }, suffix: 'T1w', extension: '.nii' };
    expect(() => bidsPath({ ...parts, datatype })).toThrow(NeuroClawError);
  });
});

describe('the table of entities', () => {
  it('has each key and each name once, and desc last', () => {
    expect(new Set(entityTable.map(([key]) => key)).size).toBe(entityTable.length);
    expect(new Set(entityTable.map(([, long]) => long)).size).toBe(entityTable.length);
    expect(entityTable.at(-1)?.[0]).toBe('desc');
  });

  it('finds the short key by either name', () => {
    expect(entityKey('subject')).toBe('sub');
    expect(entityKey('acq')).toBe('acq');
    expect(entityKey('toString')).toBeUndefined();
  });
});
