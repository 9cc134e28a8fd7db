import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CompiledStage, Job } from '../../../src/planning/job.js';
import { hasTestData } from '../../support/data.js';
import { writeEegDataset } from '../../support/eeg-dataset.js';
import { temporaryFolder } from '../../support/temporary.js';
import { compile, messages, writeDataset } from './support.js';

const jobOf = (stage: CompiledStage, step: string): Job | undefined =>
  stage.jobs.find((job) => job.step === step);
const names = (job: Job | undefined, role: string): string[] | undefined =>
  job?.inputs.find((input) => input.role === role)?.files.map(({ name }) => name);

describe.skipIf(!hasTestData)('electrophysiology pipelines', () => {
  let root: string;
  beforeEach(async () => {
    root = temporaryFolder();
    await writeEegDataset(root);
  });
  const sidecar = (): string => join(root, 'sub-01', 'eeg', 'sub-01_task-attention_eeg.json');
  const stage = (name: string, params = {}): Promise<CompiledStage> =>
    compile({ pipeline: `electrophysiology/${name}`, data: { bids: root }, params });

  it('stage a recording whole, with its tables', async () => {
    const compiled = await stage('spectra');
    expect(messages(compiled)).toEqual([]);
    const read = jobOf(compiled, 'read');
    expect(names(read, 'recording')).toEqual([
      'sub-01_task-attention_eeg.set',
      'sub-01_task-attention_eeg.fdt',
    ]);
    expect(names(read, 'channels')).toEqual(['sub-01_task-attention_channels.tsv']);
    expect(names(read, 'events')).toEqual(['sub-01_task-attention_events.tsv']);
    expect(names(read, 'electrodes')).toBeUndefined();
    expect(read?.argv).toContain('/in/recording/sub-01_task-attention_eeg.set');
    expect(compiled.jobs.map(({ step }) => step).slice(0, 5)).toEqual([
      'read',
      'filter',
      'bad-channels',
      'reference',
      'psd',
    ]);
    const psd = jobOf(compiled, 'psd');
    expect(psd?.params).toMatchObject({ alpha_hz: [8, 13], gamma_hz: [30, 45] });
    expect(psd?.outputs.map(({ publish }) => publish)).toEqual([
      'sub-01/eeg/sub-01_task-attention_psd.tsv',
      'sub-01/eeg/sub-01_task-attention_bandpower.tsv',
      'sub-01/eeg/sub-01_task-attention_desc-summary_bandpower.json',
    ]);
  });

  it('cut epochs of named conditions, and pass on the recording where ICA is off', async () => {
    const compiled = await stage('erp', { conditions: 'square, rt', contrasts: 'rt-square', blinks: false });
    expect(messages(compiled)).toEqual([]);
    expect(jobOf(compiled, 'blinks')).toBeUndefined();
    expect(jobOf(compiled, 'epochs')?.params).toMatchObject({ conditions: ['square', 'rt'] });
    expect(jobOf(compiled, 'erp')?.params).toMatchObject({
      contrasts: ['rt-square'],
      window_s: [0.25, 0.5],
    });
  });

  it('refuse another sampling rate in the sidecar than in the header', async () => {
    writeFileSync(
      sidecar(),
      readFileSync(sidecar(), 'utf8').replace('"SamplingFrequency": 128', '"SamplingFrequency": 256'),
    );
    expect(messages(await stage('spectra')).join()).toContain(
      'says SamplingFrequency 256 Hz, its header 128 Hz',
    );
  });

  it('refuse a window that is none', async () => {
    const compiled = await stage('erp', { peak_from_s: 0.5, peak_to_s: 0.3 });
    expect(messages(compiled).join()).toContain('0.5 to 0.3 is no interval');
  });

  it('refuse a recording without its samples', async () => {
    rmSync(join(root, 'sub-01', 'eeg', 'sub-01_task-attention_eeg.set'));
    expect(messages(await stage('spectra')).join()).toContain('no eeg eeg file for sub-01');
  });
});

describe('BrainVision recordings', () => {
  const header = (data: string, marker: string): string =>
    [
      'Brain Vision Data Exchange Header File Version 1.0',
      '[Common Infos]',
      `DataFile=${data}`,
      `MarkerFile=${marker}`,
      'DataFormat=BINARY',
      'NumberOfChannels=1',
      'SamplingInterval=2000',
      '[Binary Infos]',
      'BinaryFormat=INT_16',
      '[Channel Infos]',
      'Ch1=Cz,,0.5,uV',
    ].join('\n');
  const base = 'sub-01/eeg/sub-01_task-rest_eeg';
  const dataset = (data: string, marker: string): string =>
    writeDataset(temporaryFolder(), {
      [`${base}.vhdr`]: header(data, marker),
      [`${base}.vmrk`]: '[Marker Infos]\n',
      [`${base}.eeg`]: 'ab',
      [`${base}.json`]: '{"SamplingFrequency": 500}',
      'sub-01/eeg/old.eeg': 'ab',
      'sub-01/eeg/old.vmrk': '[Marker Infos]\n',
    });
  const stage = (root: string): Promise<CompiledStage> =>
    compile({ pipeline: 'electrophysiology/spectra', data: { bids: root } });

  it('are staged as three files', async () => {
    const compiled = await stage(dataset('sub-01_task-rest_eeg.eeg', 'sub-01_task-rest_eeg.vmrk'));
    expect(messages(compiled)).toEqual([]);
    expect(names(compiled.jobs[0], 'recording')).toEqual([
      'sub-01_task-rest_eeg.vhdr',
      'sub-01_task-rest_eeg.eeg',
      'sub-01_task-rest_eeg.vmrk',
    ]);
  });

  it('are refused where the header still has the names of before', async () => {
    const told = messages(await stage(dataset('old.eeg', 'old.vmrk'))).join();
    expect(told).toContain('names old.eeg as a part of the recording');
    expect(told).toContain('names old.vmrk');
    expect(messages(await stage(dataset('lost.eeg', 'old.vmrk'))).join()).toContain('lost.eeg');
  });
});
