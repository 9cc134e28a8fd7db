import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import type { BidsDataset } from '../../../src/bids/dataset.js';
import { writeDataset, writeTree } from './tree.js';

const paths = (dataset: BidsDataset): string[] => dataset.files.map((file) => file.path);
const messages = (dataset: BidsDataset): string[] => dataset.findings.map((finding) => finding.message);
const top = ['dataset_description.json', 'participants.tsv'];

/** Permissions mean nothing to root: such tests step down to nobody for a while. */
async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return await work();
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('indexDataset', () => {
  it('finds files with entities, suffix, extension and data type, in natural order', async () => {
    const root = writeDataset({
      'sub-10/func/sub-10_task-x_bold.nii.gz': '',
      'sub-2/ses-a/dwi/sub-2_ses-a_dwi.bval': '',
      'sub-2/sub-2_scans.tsv': '',
      'phenotype/ace.tsv': '',
    });
    const dataset = await indexDataset(root);
    expect(dataset.findings).toEqual([]);
    expect(dataset).toMatchObject({ root, type: 'raw', description: { Name: 'test' } });
    expect(dataset.files.slice(2)).toEqual([
      { path: 'phenotype/ace.tsv', entities: {}, suffix: '', extension: '.tsv', datatype: 'phenotype' },
      {
        path: 'sub-2/ses-a/dwi/sub-2_ses-a_dwi.bval',
        entities: { sub: '2', ses: 'a' },
        suffix: 'dwi',
        extension: '.bval',
        datatype: 'dwi',
      },
      { path: 'sub-2/sub-2_scans.tsv', entities: { sub: '2' }, suffix: 'scans', extension: '.tsv' },
      {
        path: 'sub-10/func/sub-10_task-x_bold.nii.gz',
        entities: { sub: '10', task: 'x' },
        suffix: 'bold',
        extension: '.nii.gz',
        datatype: 'func',
      },
    ]);
    expect(dataset.participants.map((participant) => participant.label)).toEqual(['2', '10']);
  });

  it('keeps labels with spaces, quotes, semicolons, newlines and accents', async () => {
    const labels = ['1', 'Ünïcode', 'a b;c\'"', '$(touch x)', 'a\nb', '日本'];
    const files = labels.map((label) => `sub-${label}/anat/sub-${label}_T1w.nii.gz`);
    const root = writeDataset({
      'participants.tsv': 'participant_id\n',
      ...Object.fromEntries(files.map((file) => [file, ''])),
    });
    const dataset = await indexDataset(root);
    expect(paths(dataset)).toEqual(expect.arrayContaining(files));
    expect(new Set(dataset.participants.map(({ label }) => label))).toEqual(new Set(labels));
    expect(
      dataset.files.filter((file) => file.datatype === 'anat').map((file) => file.entities['sub']),
    ).toEqual(dataset.participants.map(({ label }) => label));
  });

  it('leaves out hidden files, source data, code, stimuli, nested derivatives and what .bidsignore names', async () => {
    const root = writeDataset({
      '.bidsignore': '*_ct.nii.gz\n/extra/\n!sub-1/anat/sub-1_acq-keep_ct.nii.gz\n# a comment\n',
      '.git/sub-1_T1w.nii.gz': '',
      'sourcedata/sub-1_T1w.nii.gz': '',
      'code/sub-1_T1w.nii.gz': '',
      'stimuli/sub-1_T1w.nii.gz': '',
      'derivatives/x/sub-1/anat/sub-1_T1w.nii.gz': '',
      'extra/sub-1_T1w.nii.gz': '',
      'sub-1/anat/sub-1_ct.nii.gz': '',
      'sub-1/anat/sub-1_acq-keep_ct.nii.gz': '',
      'sub-1/anat/.sub-1_T1w.nii.gz': '',
      'sub-1/code/extra/sub-1_T1w.nii.gz': '',
    });
    expect(paths(await indexDataset(root))).toEqual([
      ...top,
      'sub-1/anat/sub-1_acq-keep_ct.nii.gz',
      'sub-1/code/extra/sub-1_T1w.nii.gz',
    ]);
  });

  it('indexes a derivative by its own root', async () => {
    const root = writeDataset({
      'derivatives/a/dataset_description.json': {
        Name: 'a',
        BIDSVersion: '1.4.0',
        DatasetType: 'derivative',
      },
      'derivatives/a/sub-1/anat/sub-1_desc-x_T1w.nii.gz': '',
      'derivatives/old/dataset_description.json': { Name: 'old', BIDSVersion: '1.1.0' },
      'derivatives/old/sub-1/anat/sub-1_T1w.nii.gz': '',
      'sub-1/anat/sub-1_T1w.nii.gz': '',
    });
    const derivative = await indexDataset(join(root, 'derivatives', 'a'));
    expect(derivative.type).toBe('derivative');
    expect(derivative.findings).toEqual([]);
    expect(paths(derivative)).toEqual(['dataset_description.json', 'sub-1/anat/sub-1_desc-x_T1w.nii.gz']);
    expect((await indexDataset(join(root, 'derivatives', 'old'))).type).toBe('derivative');
    expect((await indexDataset(root)).type).toBe('raw');
  });

  it('takes a folder that is a recording for one file', async () => {
    const root = writeDataset({
      'sub-1/meg/sub-1_task-x_meg.ds/sub-1_task-x_meg.meg4': '',
      'sub-1/meg/sub-1_task-y_meg/config': '',
      'sub-1/micr/sub-1_sample-a_SPIM.ome.zarr/0/0': '',
      'sub-1/ieeg/sub-1_task-x_ieeg.mefd/a': '',
    });
    const dataset = await indexDataset(root);
    expect(paths(dataset).slice(2)).toEqual([
      'sub-1/ieeg/sub-1_task-x_ieeg.mefd',
      'sub-1/meg/sub-1_task-x_meg.ds',
      'sub-1/meg/sub-1_task-y_meg',
      'sub-1/micr/sub-1_sample-a_SPIM.ome.zarr',
    ]);
    expect(dataset.files.map(({ extension }) => extension).slice(2)).toEqual([
      '.mefd',
      '.ds',
      '',
      '.ome.zarr',
    ]);
  });

  it('counts links to files, broken ones too, and follows links to folders', async () => {
    const elsewhere = writeTree({ 'anat/sub-2_T1w.nii.gz': '', 'object.bin': 'content' });
    const root = writeDataset({ 'participants.tsv': 'participant_id\nsub-1\nsub-2\n', 'sub-1/README': '' });
    mkdirSync(join(root, 'sub-1', 'anat'));
    symlinkSync('../../.git/annex/objects/gone', join(root, 'sub-1/anat/sub-1_T1w.nii.gz'));
    symlinkSync('../../.git/annex/objects/gone', join(root, 'sub-1/anat/sub-1_note.odd'));
    symlinkSync(join(elsewhere, 'object.bin'), join(root, 'sub-1/anat/sub-1_T2w.img'));
    symlinkSync(elsewhere, join(root, 'sub-2'));
    const dataset = await indexDataset(root, { sizes: true });
    expect(paths(dataset).slice(2)).toEqual([
      'sub-1/README',
      'sub-1/anat/sub-1_T1w.nii.gz',
      'sub-1/anat/sub-1_T2w.img',
      'sub-1/anat/sub-1_note.odd',
      'sub-2/anat/sub-2_T1w.nii.gz',
      'sub-2/object.bin',
    ]);
    expect(dataset.findings).toEqual([]);
    const sizes = Object.fromEntries(dataset.files.map(({ path, size }) => [path, size]));
    expect(sizes['sub-1/anat/sub-1_T2w.img']).toBe(7);
    expect(sizes['sub-1/anat/sub-1_T1w.nii.gz']).toBeUndefined();
  });

  it('tells of links that lead in circles and goes on', async () => {
    const root = writeDataset({ 'sub-1/anat/sub-1_T1w.nii.gz': '', 'sub-2/anat/sub-2_T1w.nii.gz': '' });
    symlinkSync('..', join(root, 'sub-1', 'up'));
    symlinkSync('itself', join(root, 'sub-1', 'itself'));
    symlinkSync('../../sub-2/anat', join(root, 'sub-1/anat/across'));
    symlinkSync('../../sub-1/anat', join(root, 'sub-2/anat/back'));
    const dataset = await indexDataset(root);
    expect(paths(dataset)).toEqual(
      expect.arrayContaining(['sub-1/anat/sub-1_T1w.nii.gz', 'sub-2/anat/sub-2_T1w.nii.gz']),
    );
    const loops = dataset.findings.filter((finding) => finding.message.includes('is not followed'));
    expect(loops.map((finding) => finding.place?.file)).toEqual(
      expect.arrayContaining(['sub-1/itself', 'sub-1/up', 'sub-1/anat/across/back']),
    );
  });

  it('ends on folders that all link to one another', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const root = writeDataset({ 'sub-1/anat/sub-1_T1w.nii.gz': '' });
    for (const name of names) {
      mkdirSync(join(root, name));
      for (const other of names) if (other !== name) symlinkSync(`../${other}`, join(root, name, other));
    }
    const dataset = await indexDataset(root);
    expect(paths(dataset)).toContain('sub-1/anat/sub-1_T1w.nii.gz');
    expect(messages(dataset).some((message) => message.includes('5th linked folder'))).toBe(true);
  });

  it('tells of a folder that may not be read and indexes the others', async () => {
    const root = writeDataset({ 'sub-1/anat/sub-1_T1w.nii.gz': '', 'sub-2/anat/sub-2_T1w.nii.gz': '' });
    chmodSync(root, 0o755);
    chmodSync(join(root, 'sub-1', 'anat'), 0o000);
    const dataset = await asOrdinaryUser(() => indexDataset(root));
    expect(paths(dataset).slice(2)).toEqual(['sub-2/anat/sub-2_T1w.nii.gz']);
    expect(dataset.findings).toMatchObject([
      { code: 'input.unreadable', severity: 'error', place: { file: 'sub-1/anat' } },
    ]);
  });

  it('passes over sockets and pipes', async () => {
    const root = writeDataset({ 'sub-1/anat/sub-1_T1w.nii.gz': '' });
    execFileSync('mkfifo', [join(root, 'sub-1', 'anat', 'sub-1_T2w.nii.gz')]);
    expect(paths(await indexDataset(root)).slice(2)).toEqual(['sub-1/anat/sub-1_T1w.nii.gz']);
  });

  it('tells of a name that is not UTF-8', async () => {
    const root = writeDataset({ 'sub-1/anat/sub-1_T1w.nii.gz': '' });
    writeFileSync(
      Buffer.concat([Buffer.from(`${root}/sub-1/sub-1_caf`), Buffer.from([0xe9]), Buffer.from('_T1w.nii')]),
      '',
    );
    expect(messages(await indexDataset(root))).toEqual([expect.stringContaining('is not UTF-8')]);
  });

  it('tells what is wrong with dataset_description.json, with the line', async () => {
    const at = async (content: unknown): Promise<unknown> => {
      const root = writeDataset({ 'sub-1/sub-1_T1w.nii': '', 'dataset_description.json': content });
      const { findings, description } = await indexDataset(root);
      return [
        findings.map(({ code, severity, place }) => [code, severity, place?.line, place?.field]),
        description,
      ];
    };
    expect(await at('{"Name": "x",\n\n BIDSVersion: 1}')).toEqual([
      [['input.malformed', 'error', 3, undefined]],
      {},
    ]);
    expect(await at('')).toEqual([[['input.malformed', 'error', 1, undefined]], {}]);
    expect(await at('[1]')).toEqual([[['input.malformed', 'error', undefined, undefined]], {}]);
    expect(await at({ Name: 3 })).toEqual([
      [
        ['input.invalid', 'warning', undefined, 'Name'],
        ['input.invalid', 'warning', undefined, 'BIDSVersion'],
      ],
      { Name: 3 },
    ]);
    expect(await at('\ufeff{"Name": "x", "BIDSVersion": "1.0.0"}')).toEqual([
      [],
      { Name: 'x', BIDSVersion: '1.0.0' },
    ]);
  });

  it('tells of a missing description and of missing participants', async () => {
    const { findings } = await indexDataset(writeTree({ 'sub-1/anat/sub-1_T1w.nii': '' }));
    expect(findings.map(({ code, severity, place }) => [code, severity, place?.file])).toEqual([
      ['input.not-found', 'error', 'dataset_description.json'],
      ['input.not-found', 'info', 'participants.tsv'],
    ]);
  });

  it('tells of a folder without any BIDS file', async () => {
    const root = writeTree({ 'notes.txt': '', 'a/b.nii': '' });
    expect(messages(await indexDataset(root))).toContain(
      'there is no file of a participant: no name starts with sub-',
    );
  });

  it('tells of files whose names disagree with their folders, of many only the first', async () => {
    const wrong = Array.from(
      { length: 30 },
      (_, run) => `sub-2/ses-1/func/sub-1_ses-1_task-x_run-${run}_bold.nii`,
    );
    const root = writeDataset({
      ...Object.fromEntries(wrong.map((path) => [path, ''])),
      'sub-3/ses-1/anat/sub-3_ses-2_T1w.nii': '',
      'participants.tsv': 'participant_id\nsub-1\nsub-2\nsub-3\n',
    });
    const found = messages(await indexDataset(root)).filter(
      (message) => !message.startsWith('sub-1 is listed'),
    );
    expect(found[0]).toBe(`the name says sub-1 and the folder sub-2: ${wrong[0]}`);
    expect(found.at(-1)).toBe('11 more files have names that disagree with their folders');
    expect(found).toHaveLength(21);
  });

  it('refuses a root that does not exist, or is a file', async () => {
    const root = writeTree({ file: '' });
    await expect(indexDataset(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'input.not-found' });
    await expect(indexDataset(join(root, 'file'))).rejects.toMatchObject({ errorClass: 'input' });
  });

  it('stops when it is cancelled', async () => {
    const root = writeDataset({ 'sub-1/anat/sub-1_T1w.nii.gz': '' });
    const reason = new Error('enough');
    await expect(indexDataset(root, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
