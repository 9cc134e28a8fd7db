import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBrainvisionHeader } from '../../../src/imaging/brainvision-header.js';
import { openRecording } from '../../../src/imaging/open-recording.js';
import type { Recording } from '../../../src/imaging/recording.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';

async function opened(path: string): Promise<Recording> {
  const recording = await openRecording(path);
  if (recording === undefined) throw new Error(`${path} has no reader`);
  return recording;
}

/** One sample in uV. */
async function microvolts(recording: Recording, channel: number, sample: number): Promise<number> {
  const value = (await recording.read(sample, 1))[channel]?.[0] ?? NaN;
  return (value * (recording.channels[channel]?.volts ?? NaN)) / 1e-6;
}

function countsOf(recording: Recording): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of recording.events ?? []) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** channel, sample, uV as MNE 1.13.2 reads them. */
const EEGLAB = [
  [0, 0, -35.7975],
  [3, 500, 44.1219],
  [20, 700, 22.5512],
] as const;
const BRAINVISION = [
  [0, 0, -23.5],
  [3, 500, 41],
  [20, 700, 36.5],
] as const;
const EDF = {
  'test.edf': [
    [0, 0, -15],
    [3, 500, -9],
    [20, 700, -15],
  ],
  'test_edf_stim_channel.edf': [
    [0, 0, 175940.6563],
    [3, 500, 175765.2656],
    [20, 700, -211189.0983],
  ],
} as const;

describe.skipIf(!hasTestData)('readers of recordings', () => {
  it('read an EEGLAB dataset: rate, channels, events and the values that MNE 1.13 reads', async () => {
    const recording = await opened(testData('eeg', 'eeglab_data.set'));
    expect([recording.rateHz, recording.channels.length, recording.samples]).toEqual([128, 32, 30504]);
    expect(recording.channels.slice(0, 3).map(({ name }) => name)).toEqual(['FPz', 'EOG1', 'F3']);
    expect(countsOf(recording)).toEqual({ square: 80, rt: 74 });
    expect(recording.events?.[0]?.onsetS).toBeCloseTo(1.000068, 5);
    for (const [channel, sample, value] of EEGLAB) {
      expect(await microvolts(recording, channel, sample)).toBeCloseTo(value, 3);
    }
  });

  it('read BrainVision: resolution, units, markers', async () => {
    const recording = await opened(testData('eeg', 'test.vhdr'));
    expect([recording.rateHz, recording.channels.length, recording.samples]).toEqual([1000, 32, 7900]);
    expect(recording.events).toHaveLength(13);
    expect(recording.events?.[0]).toEqual({ onsetS: 0.486, name: 'Stimulus/S253' });
    for (const [channel, sample, value] of BRAINVISION) {
      expect(await microvolts(recording, channel, sample)).toBeCloseTo(value, 3);
    }
    // Channels in C, S and ARU are no voltages.
    expect(recording.channels.filter(({ volts }) => volts === undefined)).toHaveLength(6);
  });

  it.each([
    ['test.edf', 512, 139, 3072],
    ['test_edf_stim_channel.edf', 128, 25, 1228],
  ] as const)(
    'read %s: physical values, not the digital ones of the file',
    async (name, rate, channels, samples) => {
      const recording = await opened(testData('eeg', name));
      expect([recording.rateHz, recording.channels.length, recording.samples]).toEqual([
        rate,
        channels,
        samples,
      ]);
      for (const [channel, sample, value] of EDF[name]) {
        expect(await microvolts(recording, channel, sample)).toBeCloseTo(value, 3);
      }
    },
  );

  it('read from the middle what they read from the start', async () => {
    for (const name of ['eeglab_data.set', 'test.vhdr', 'test.edf']) {
      const recording = await opened(testData('eeg', name));
      const all = await recording.read(0, 1500);
      const part = await recording.read(700, 400);
      expect(part[5]).toEqual(all[5]?.slice(700, 1100));
      expect((await recording.read(recording.samples - 3, 100))[0]).toHaveLength(3);
    }
  });
});

describe('readers of recordings refuse', () => {
  it('a BrainVision header without a sampling interval, naming it', async () => {
    const file = join(temporaryFolder(), 'a.vhdr');
    await writeFile(
      file,
      'Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\nNumberOfChannels=1\n',
    );
    await expect(readBrainvisionHeader(file)).rejects.toThrow('SamplingInterval is missing');
  });

  it.skipIf(!hasTestData)('files that were cut', async () => {
    const folder = temporaryFolder();
    const edf = await readFile(testData('eeg', 'test.edf'));
    await writeFile(join(folder, 'cut.edf'), edf.subarray(0, edf.length / 2));
    await expect(opened(join(folder, 'cut.edf'))).rejects.toThrow(/data records/);
    await copyFile(testData('eeg', 'eeglab_data.set'), join(folder, 'a.set'));
    const data = await readFile(testData('eeg', 'eeglab_data.fdt'));
    await writeFile(join(folder, 'a.fdt'), data.subarray(0, 1000));
    await expect((await opened(join(folder, 'a.set'))).read(0, 100)).rejects.toThrow(
      'before its last sample',
    );
  });

  it('what is of another kind', async () => {
    const folder = temporaryFolder();
    for (const name of ['a.set', 'a.edf', 'a.vhdr', 'a.fif']) {
      await writeFile(join(folder, name), 'not a recording at all'.repeat(40));
      await expect(opened(join(folder, name))).rejects.toMatchObject({ code: 'input.malformed' });
    }
    expect(await openRecording(join(folder, 'a.mff'))).toBeUndefined();
  });
});
