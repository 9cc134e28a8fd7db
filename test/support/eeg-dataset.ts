import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEeglab } from '../../src/imaging/eeglab-header.js';
import { testData } from './data.js';

/** A BIDS dataset of one participant made of the EEGLAB sample: 30 EEG and 2 EOG channels, 80 `square`, 74 `rt`. */
export async function writeEegDataset(root: string): Promise<void> {
  const folder = join(root, 'sub-01', 'eeg');
  mkdirSync(folder, { recursive: true });
  const name = (end: string): string => join(folder, `sub-01_task-attention_${end}`);
  const json = (path: string, value: unknown): void =>
    writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
  copyFileSync(testData('eeg', 'eeglab_data.set'), name('eeg.set'));
  copyFileSync(testData('eeg', 'eeglab_data.fdt'), name('eeg.fdt'));
  const recording = await openEeglab(name('eeg.set'));
  if (recording === undefined) throw new Error('the sample cannot be read');
  const channels = recording.channels.map((channel) => {
    const type = channel.name.startsWith('EOG') ? 'EOG' : 'EEG';
    return `${channel.name}\t${type}\tuV\t${recording.rateHz}\tgood`;
  });
  writeFileSync(
    name('channels.tsv'),
    ['name\ttype\tunits\tsampling_frequency\tstatus', ...channels, ''].join('\n'),
  );
  const events = (recording.events ?? []).map((event) => `${event.onsetS.toFixed(6)}\t0\t${event.name}`);
  writeFileSync(name('events.tsv'), ['onset\tduration\ttrial_type', ...events, ''].join('\n'));
  json(name('eeg.json'), {
    TaskName: 'attention',
    SamplingFrequency: 128,
    EEGReference: 'unknown',
    PowerLineFrequency: 60,
    SoftwareFilters: 'n/a',
    RecordingType: 'continuous',
    RecordingDuration: recording.samples / recording.rateHz,
    EEGChannelCount: 30,
    EOGChannelCount: 2,
  });
  json(name('events.json'), {
    trial_type: { Levels: { square: 'a square appears', rt: 'the button is pressed' } },
  });
  json(join(root, 'dataset_description.json'), {
    Name: 'EEGLAB sample',
    BIDSVersion: '1.10.0',
    DatasetType: 'raw',
    License: 'BSD-3-Clause',
    Authors: ['The authors of EEGLAB'],
  });
  writeFileSync(join(root, 'participants.tsv'), 'participant_id\nsub-01\n');
  writeFileSync(join(root, 'README'), 'The sample recording of EEGLAB as a BIDS dataset, made by a test.\n');
}
