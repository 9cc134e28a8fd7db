import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BidsDataset, BidsFile } from '../../../src/bids/dataset.js';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import { companionFor, sidecarFor, type Companion } from '../../../src/bids/inheritance.js';
import { hasTestData, testData } from '../../support/data.js';
import { addFiles, writeDataset, type Tree } from './tree.js';

function fileAt(dataset: BidsDataset, path: string): BidsFile {
  const file = dataset.files.find((candidate) => candidate.path === path);
  if (file === undefined) throw new Error(`${path} is not in the index`);
  return file;
}

async function sidecar(tree: Tree, path: string) {
  const dataset = await indexDataset(writeDataset({ [path]: '', ...tree }));
  return await sidecarFor(dataset, fileAt(dataset, path));
}

const bold = 'sub-1/ses-a/func/sub-1_ses-a_task-rest_acq-x_bold.nii.gz';

describe('sidecarFor', () => {
  it('merges from the root down, nearer values winning', async () => {
    const found = await sidecar(
      {
        'bold.json': { A: 'root', B: 'root', C: 'root', D: 'root' },
        'sub-1/sub-1_task-rest_bold.json': { B: 'participant', C: 'participant', D: 'participant' },
        'sub-1/ses-a/sub-1_ses-a_bold.json': { C: 'session', D: 'session' },
        'sub-1/ses-a/func/sub-1_ses-a_task-rest_acq-x_bold.json': { D: 'file' },
      },
      bold,
    );
    expect(found).toEqual({
      values: { A: 'root', B: 'participant', C: 'session', D: 'file' },
      sources: [
        'bold.json',
        'sub-1/sub-1_task-rest_bold.json',
        'sub-1/ses-a/sub-1_ses-a_bold.json',
        'sub-1/ses-a/func/sub-1_ses-a_task-rest_acq-x_bold.json',
      ],
      findings: [],
    });
  });

  it('passes over other suffixes, other labels, entities that the file lacks, and other folders', async () => {
    const found = await sidecar(
      {
        'task-rest_sbref.json': { wrong: 'suffix' },
        'task-nback_bold.json': { wrong: 'label' },
        'task-rest_run-1_bold.json': { wrong: 'entity' },
        'acq-X_bold.json': { wrong: 'case' },
        'sub-2/sub-2_bold.json': { wrong: 'participant' },
        'sub-1/ses-b/task-rest_bold.json': { wrong: 'session' },
        'sub-1/ses-a/dwi/task-rest_bold.json': { wrong: 'data type' },
        'sub-1/ses-a/func/deeper/task-rest_bold.json': { wrong: 'below' },
      },
      bold,
    );
    expect(found).toEqual({ values: {}, sources: [], findings: [] });
  });

  it('follows example 1 of the specification', async () => {
    const tree = {
      'task-rest_bold.json': { EchoTime: 0.04, RepetitionTime: 1 },
      'sub-01/func/sub-01_task-rest_acq-longtr_bold.json': { RepetitionTime: 3 },
    };
    const usual = await sidecar(tree, 'sub-01/func/sub-01_task-rest_acq-default_bold.nii.gz');
    expect(usual.values).toEqual({ EchoTime: 0.04, RepetitionTime: 1 });
    const long = await sidecar(tree, 'sub-01/func/sub-01_task-rest_acq-longtr_bold.nii.gz');
    expect(long.values).toEqual({ EchoTime: 0.04, RepetitionTime: 3 });
  });

  it('tells of two that apply in one folder (example 2): an error where they disagree', async () => {
    const agreeing = await sidecar(
      { 'acq-x_bold.json': { A: 1, N: [1, 2] }, 'task-rest_acq-x_bold.json': { B: 2, N: [1, 2] } },
      bold,
    );
    expect(agreeing.values).toEqual({ A: 1, B: 2, N: [1, 2] });
    expect(agreeing.findings).toMatchObject([
      { severity: 'warning', place: { file: 'task-rest_acq-x_bold.json' } },
    ]);
    const disagreeing = await sidecar(
      { 'bold.json': { RepetitionTime: 2 }, 'task-rest_bold.json': { RepetitionTime: 2.5 } },
      bold,
    );
    expect(disagreeing.values).toEqual({ RepetitionTime: 2.5 });
    expect(disagreeing.findings).toMatchObject([
      { severity: 'error', place: { file: 'task-rest_bold.json', field: 'RepetitionTime' } },
    ]);
  });

  it('lets the own sidecar of a file stand for its folder and tells which one is passed over', async () => {
    const tree = {
      'task-rest_bold.json': { A: 'root' },
      'sub-1/func/sub-1_task-rest_bold.json': { B: 'general' },
      'sub-1/func/sub-1_task-rest_run-2_bold.json': { C: 'own' },
    };
    const own = await sidecar(tree, 'sub-1/func/sub-1_task-rest_run-2_bold.nii');
    expect(own.values).toEqual({ A: 'root', C: 'own' });
    expect(own.findings).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('sub-1/func/sub-1_task-rest_bold.json') },
    ]);
    const other = await sidecar(tree, 'sub-1/func/sub-1_task-rest_run-1_bold.nii');
    expect(other).toMatchObject({ values: { A: 'root', B: 'general' }, findings: [] });
  });

  it('does not mix the spaces of a derivative, which lie side by side', async () => {
    const found = await sidecar(
      {
        'dataset_description.json': { Name: 'x', BIDSVersion: '1.4.0', DatasetType: 'derivative' },
        'sub-1/anat/sub-1_desc-brain_mask.json': { RawSources: ['native'], Only: 'native' },
        'sub-1/anat/sub-1_space-MNI_desc-brain_mask.json': { RawSources: ['MNI'] },
      },
      'sub-1/anat/sub-1_space-MNI_desc-brain_mask.nii.gz',
    );
    expect(found).toMatchObject({ values: { RawSources: ['MNI'] }, findings: [] });
    expect(Object.keys(found.values)).toEqual(['RawSources']);
  });

  it('tells of a sidecar that is not JSON, with its line, and still uses the others', async () => {
    const found = await sidecar(
      { 'bold.json': { A: 1 }, 'sub-1/sub-1_bold.json': '{\n "B": 2,\n "C": NaN\n}' },
      bold,
    );
    expect(found.values).toEqual({ A: 1 });
    expect(found.findings).toMatchObject([
      {
        code: 'input.malformed',
        severity: 'error',
        place: { file: 'sub-1/sub-1_bold.json', line: 3 },
        suggestion: 'replace NaN, which JSON does not have',
      },
    ]);
  });

  it('tells of a sidecar whose content was not fetched', async () => {
    const root = writeDataset({ [bold]: '' });
    symlinkSync('.git/annex/objects/gone', join(root, 'bold.json'));
    const dataset = await indexDataset(root);
    expect((await sidecarFor(dataset, fileAt(dataset, bold))).findings).toMatchObject([
      {
        code: 'input.not-found',
        place: { file: 'bold.json' },
        suggestion: expect.stringContaining('datalad get'),
      },
    ]);
  });

  it('keeps a field __proto__ as a field', async () => {
    const { values } = await sidecar({ 'bold.json': '{"__proto__": {"RepetitionTime": 2}}' }, bold);
    expect(Object.keys(values)).toEqual(['__proto__']);
    expect(values['RepetitionTime']).toBeUndefined();
  });

  it('reads each sidecar once for a dataset and anew for a new index', async () => {
    const root = writeDataset({ [bold]: '', 'bold.json': { A: 1 } });
    const dataset = await indexDataset(root);
    await sidecarFor(dataset, fileAt(dataset, bold));
    addFiles(root, { 'bold.json': { A: 2 } });
    expect((await sidecarFor(dataset, fileAt(dataset, bold))).values).toEqual({ A: 1 });
    const again = await indexDataset(root);
    expect((await sidecarFor(again, fileAt(again, bold))).values).toEqual({ A: 2 });
  });

  it('reads many sidecars at once and keeps them apart', async () => {
    const runs = Array.from({ length: 300 }, (_, run) => `sub-1/func/sub-1_task-x_run-${run}_bold`);
    const root = writeDataset(
      Object.fromEntries(
        runs.flatMap((run, index) => [
          [`${run}.nii`, ''],
          [`${run}.json`, { index }],
        ]),
      ),
    );
    const dataset = await indexDataset(root);
    const all = await Promise.all(runs.map((run) => sidecarFor(dataset, fileAt(dataset, `${run}.nii`))));
    expect(all.map(({ values }) => values['index'])).toEqual(runs.map((_, index) => index));
  });
});

describe('companionFor', () => {
  const companion = async (tree: Tree, path: string, kind: Companion): Promise<string | undefined> => {
    const dataset = await indexDataset(writeDataset({ [path]: '', ...tree }));
    return companionFor(dataset, fileAt(dataset, path), kind)?.path;
  };
  const dwi = 'sub-1/dwi/sub-1_acq-b1000_dir-AP_dwi.nii.gz';

  it('finds gradients beside the image or above it, the lowest first', async () => {
    expect(await companion({ 'dwi.bval': '' }, dwi, 'bval')).toBe('dwi.bval');
    const own = 'sub-1/dwi/sub-1_acq-b1000_dir-AP_dwi.bvec';
    expect(await companion({ 'dwi.bvec': '', [own]: '' }, dwi, 'bvec')).toBe(own);
    expect(await companion({ 'acq-b2000_dwi.bval': '' }, dwi, 'bval')).toBeUndefined();
  });

  it('gives no gradients to the reference image', async () => {
    expect(await companion({ 'dwi.bval': '' }, 'sub-1/dwi/sub-1_sbref.nii.gz', 'bval')).toBeUndefined();
  });

  it('takes in one folder the one that shares most entities', async () => {
    const tree = { 'acq-b1000_dwi.bval': '', 'acq-b1000_dir-AP_dwi.bval': '', 'dwi.bval': '' };
    expect(await companion(tree, dwi, 'bval')).toBe('acq-b1000_dir-AP_dwi.bval');
  });

  it('finds events of a run for each of its echoes, and none of another run', async () => {
    const events = 'sub-1/func/sub-1_task-x_run-1_events.tsv';
    const tree = { [events]: '', 'task-x_run-2_events.tsv': '' };
    expect(await companion(tree, 'sub-1/func/sub-1_task-x_run-1_echo-2_bold.nii', 'events')).toBe(events);
    expect(await companion(tree, 'sub-1/func/sub-1_task-x_run-3_bold.nii', 'events')).toBeUndefined();
  });

  it('finds physio with and without the entity recording', async () => {
    const image = 'sub-1/func/sub-1_task-x_bold.nii';
    const cardiac = 'sub-1/func/sub-1_task-x_recording-cardiac_physio.tsv.gz';
    expect(await companion({ [cardiac]: '' }, image, 'physio')).toBe(cardiac);
    const plain = 'sub-1/func/sub-1_task-x_physio.tsv.gz';
    expect(await companion({ [cardiac]: '', [plain]: '' }, image, 'physio')).toBe(plain);
  });

  it('finds what describes electrodes, channels and perfusion', async () => {
    const eeg = 'sub-1/eeg/sub-1_task-x_eeg.vhdr';
    const electrodes = 'sub-1/eeg/sub-1_space-CapTrak_electrodes.tsv';
    expect(await companion({ [electrodes]: '' }, eeg, 'electrodes')).toBe(electrodes);
    expect(await companion({ 'task-x_channels.tsv': '' }, eeg, 'channels')).toBe('task-x_channels.tsv');
    const asl = 'sub-1/perf/sub-1_asl.nii';
    expect(await companion({ 'sub-1/perf/sub-1_aslcontext.tsv': '' }, asl, 'aslcontext')).toBe(
      'sub-1/perf/sub-1_aslcontext.tsv',
    );
  });
});

describe.skipIf(!hasTestData)('inheritance in real layouts', () => {
  it('gives all 20 DWI of ds114 the gradients of its root', async () => {
    const dataset = await indexDataset(testData('bids-examples', 'ds114'));
    const images = dataset.files.filter(
      ({ suffix, extension }) => suffix === 'dwi' && extension === '.nii.gz',
    );
    expect(images).toHaveLength(20);
    for (const image of images) {
      expect(companionFor(dataset, image, 'bval')?.path).toBe('dwi.bval');
      expect(companionFor(dataset, image, 'bvec')?.path).toBe('dwi.bvec');
    }
  });

  it('tells the two acquisitions of 7t_trt apart', async () => {
    const dataset = await indexDataset(testData('bids-examples', '7t_trt'));
    const times = async (acq: string): Promise<Set<unknown>> => {
      const images = dataset.files.filter(
        ({ suffix, entities }) => suffix === 'bold' && entities['acq'] === acq,
      );
      const sidecars = await Promise.all(images.map((image) => sidecarFor(dataset, image)));
      expect(sidecars.flatMap(({ findings }) => findings)).toEqual([]);
      return new Set(sidecars.map(({ values }) => values['RepetitionTime']));
    };
    expect(await times('fullbrain')).toEqual(new Set([3]));
    expect(await times('prefrontal')).toEqual(new Set([4]));
  });
});
