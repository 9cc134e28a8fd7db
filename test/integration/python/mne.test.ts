import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTsv } from '../../../src/bids/tsv.js';
import { openFif } from '../../../src/imaging/fif.js';
import { openRecording } from '../../../src/imaging/open-recording.js';
import { hasTestData, testData } from '../../support/data.js';
import { openPythonNeuro } from '../../support/python-environment.js';
import { runSkill, succeed, type SkillInputs } from '../../support/run-skill.js';
import { removeFolder, temporaryFolder } from '../docker/support.js';

const environment = await openPythonNeuro();
const samples = (name: string): string => testData('eeg', name);
const sample = [samples('eeglab_data.set'), samples('eeglab_data.fdt')];

type Output = (id: string) => string;

describe.skipIf(!hasTestData || environment === undefined)('MNE skills', () => {
  let folder: string;
  /** The EEGLAB sample, read and filtered: what most tests begin with. */
  let read: Output;
  let filtered: Output;

  const done = (id: string, given: SkillInputs): Promise<Output> => {
    if (environment === undefined) throw new Error('no environment');
    return succeed(runSkill(environment, folder, id, given));
  };
  /** A run that must end in one line on stderr, with exit status 2. */
  const refused = async (id: string, given: SkillInputs): Promise<string> => {
    if (environment === undefined) throw new Error('no environment');
    const { exit, said } = await runSkill(environment, folder, id, given);
    expect([exit.exitCode, said.trim().split('\n').length]).toEqual([2, 1]);
    return said;
  };
  const json = async (path: string): Promise<Record<string, never>> =>
    JSON.parse(await readFile(path, 'utf8')) as never;
  const table = async (path: string): Promise<readonly Readonly<Record<string, string>>[]> =>
    parseTsv(await readFile(path, 'utf8'), { file: path }).rows;

  beforeAll(async () => {
    folder = await temporaryFolder();
    read = await done('mne/read', { inputs: { recording: sample }, params: { eog: ['EOG1', 'EOG2'] } });
    filtered = await done('mne/filter', {
      inputs: { input: read('raw') },
      params: { high_pass_hz: 0.5, low_pass_hz: 45 },
    });
  }, 300_000);
  afterAll(() => removeFolder(folder));

  it('read EEGLAB: 128 Hz, 32 channels, 80 square and 74 rt events', async () => {
    expect(await json(read('report'))).toMatchObject({
      format: 'eeglab',
      sampling_rate_hz: 128,
      channels: 32,
      samples: 30504,
      events: { square: 80, rt: 74 },
      channel_types: { eeg: 30, eog: 2 },
    });
  });

  it('read BrainVision and EDF as their headers say, in volts', async () => {
    for (const [names, rate, channels] of [
      [['test.vhdr', 'test.vmrk', 'test.eeg'], 1000, 32],
      [['test.edf'], 512, 139],
    ] as const) {
      const output = await done('mne/read', { inputs: { recording: names.map(samples) } });
      expect(await json(output('report'))).toMatchObject({ sampling_rate_hz: rate, channels });
      const [mine, theirs] = [await openFif(output('raw')), await openRecording(samples(names[0]))];
      const [a, b] = [await mine.read(1000, 1), (await theirs?.read(1000, 1)) ?? []];
      for (const c of [0, 7, 20]) expect((a[c]?.[0] ?? NaN) * 1e6).toBeCloseTo(b[c]?.[0] ?? NaN, 3);
    }
  }, 300_000);

  it('read types, bad channels, positions and events from BIDS tables', async () => {
    const write = async (name: string, lines: readonly string[]): Promise<string> => {
      const path = join(folder, name);
      await writeFile(path, `${lines.join('\n')}\n`);
      return path;
    };
    const source = await openRecording(samples('eeglab_data.set'));
    const names = source?.channels.map(({ name }) => name) ?? [];
    const channels = await write('sub-01_channels.tsv', [
      'name\ttype\tunits\tstatus',
      ...names.map(
        (name) => `${name}\t${name.startsWith('EOG') ? 'EOG' : 'EEG'}\tuV\t${name === 'T7' ? 'bad' : 'good'}`,
      ),
    ]);
    const electrodes = await write('sub-01_electrodes.tsv', [
      'name\tx\ty\tz',
      ...names.map((name, i) => `${name}\t${80 * Math.cos(i)}\t${80 * Math.sin(i)}\t${i === 0 ? 'n/a' : 40}`),
    ]);
    const coordsystem = await write('sub-01_coordsystem.json', [
      '{"EEGCoordinateUnits": "mm", "EEGCoordinateSystem": "Other"}',
    ]);
    const events = await write('sub-01_events.tsv', [
      'onset\tduration\ttrial_type\tvalue',
      ...Array.from({ length: 12 }, (_, k) => `${2.5 + 10 * k}\t0.5\t${k % 3 === 0 ? 'n/a' : 'flash'}\trest`),
    ]);
    const output = await done('mne/read', {
      inputs: { recording: sample, channels, electrodes, coordsystem, events },
    });
    expect(await json(output('report'))).toMatchObject({
      bad_channels: ['T7'],
      events: { flash: 8, rest: 4 },
      channel_types: { eeg: 30, eog: 2 },
    });
    const wrong = async (path: string, change: (text: string) => string): Promise<string> => {
      const next = join(folder, `wrong-${path.split('/').at(-1)}`);
      await writeFile(next, change(await readFile(path, 'utf8')));
      return next;
    };
    const inMetres = await wrong(coordsystem, (text) => text.replace('mm', 'm'));
    expect(
      await refused('mne/read', { inputs: { recording: sample, electrodes, coordsystem: inMetres } }),
    ).toContain('m from the origin');
    const volts = await wrong(channels, (text) => text.replaceAll('uV', 'V'));
    expect(await refused('mne/read', { inputs: { recording: sample, channels: volts } })).toContain(
      'typical amplitude',
    );
    const otherNames = await wrong(channels, (text) => text.replace('FPz', 'Fpz'));
    expect(await refused('mne/read', { inputs: { recording: sample, channels: otherNames } })).toContain(
      'only in the recording',
    );
    const late = await wrong(events, (text) => text.replace('112.5', '1125'));
    expect(await refused('mne/read', { inputs: { recording: sample, events: late } })).toContain(
      'outside the recording',
    );
  }, 300_000);

  it('filter: the length and phase are said, and impossible edges refused', async () => {
    expect(await json(filtered('report'))).toMatchObject({
      phase: 'zero',
      filtered_channels: 32,
      passband: { length_samples: 845, high_pass_hz: 0.5, low_pass_hz: 45 },
    });
    const input = read('raw');
    const test = (params: SkillInputs['params']): Promise<string> =>
      refused('mne/filter', { inputs: { input }, params: params ?? {} });
    expect(await test({ low_pass_hz: 64 })).toContain('below half the sampling rate, 64 Hz');
    expect(await test({ high_pass_hz: 30, low_pass_hz: 10 })).toContain('high-pass below the low-pass');
    expect(await test({})).toContain('nothing to do');
    expect(await test({ high_pass_hz: 0.01 })).toContain('longer recording');
    await done('mne/filter', { inputs: { input }, params: { notch_hz: [50] } });
  }, 300_000);

  it('resample: events keep their seconds', async () => {
    const output = await done('mne/resample', { inputs: { input: read('raw') }, params: { rate_hz: 100 } });
    const [before, after] = [await openFif(read('raw')), await openFif(output('raw'))];
    expect([after.rateHz, after.samples]).toEqual([100, 23831]);
    expect(after.events?.map(({ onsetS }) => onsetS)).toEqual(before.events?.map(({ onsetS }) => onsetS));
    expect(
      await refused('mne/resample', { inputs: { input: read('raw') }, params: { rate_hz: 500 } }),
    ).toContain('expected a lower rate');
  }, 300_000);

  it('bad channels: a flat, a loud, an unlike and a humming channel are found, and no other', async () => {
    const planted = join(folder, 'planted_raw.fif');
    await plant(filtered('raw'), planted, { C3: 'flat', P4: 'loud', O1: 'unlike', T8: 'hum' });
    const output = await done('mne/bad-channels', { inputs: { input: planted }, params: { line_hz: 50 } });
    const rows = await table(output('table'));
    const found = Object.fromEntries(
      rows.filter((row) => row['status'] === 'bad').map((row) => [row['name'], row['status_description']]),
    );
    expect(found).toEqual({
      C3: expect.stringContaining('flat') as string,
      P4: expect.stringContaining('amplitude') as string,
      O1: expect.stringContaining('correlation') as string,
      T8: expect.stringContaining('line') as string,
    });
    const mended = await done('mne/interpolate', { inputs: { input: output('raw') } });
    expect(await json(mended('report'))).toMatchObject({ interpolated_count: 4 });
    // What the splines give resembles what was there before it was spoiled.
    const [truth, spline] = [await openFif(filtered('raw')), await openFif(mended('raw'))];
    const [a, b] = [await truth.read(5000, 2000), await spline.read(5000, 2000)];
    for (const name of ['C3', 'P4', 'T8']) {
      const c = truth.channels.findIndex((channel) => channel.name === name);
      expect([name, correlation(a[c], b[c]) > 0.8]).toEqual([name, true]);
    }
    // Without mistakes planted, nothing is bad in this recording.
    const clean = await done('mne/bad-channels', { inputs: { input: filtered('raw') } });
    expect(await json(clean('report'))).toMatchObject({ bad_count: 0 });
  }, 300_000);

  it('reference: the average, or named channels', async () => {
    const average = await done('mne/rereference', { inputs: { input: filtered('raw') } });
    expect(await json(average('report'))).toMatchObject({ reference: 'average', channels: 30 });
    const named = await done('mne/rereference', {
      inputs: { input: filtered('raw') },
      params: { reference: 'channels', channels: ['P7', 'P8'], restore: 'REF' },
    });
    expect((await openFif(named('raw'))).channels).toHaveLength(33);
    const unknown = { reference: 'channels', channels: ['M1'] };
    expect(
      await refused('mne/rereference', { inputs: { input: filtered('raw') }, params: unknown }),
    ).toContain('no channel M1');
  }, 300_000);

  it('blinks: one component goes, the front gets quieter and the back stays; without blinks it refuses', async () => {
    const reference = await done('mne/rereference', { inputs: { input: filtered('raw') } });
    const output = await done('mne/ica-blinks', { inputs: { input: reference('raw') } });
    const report = await json(output('report'));
    expect(report).toMatchObject({ removed_count: 1, rank: 29, seed: 42 });
    const [before, after] = [await openFif(reference('raw')), await openFif(output('raw'))];
    const [a, b] = [await before.read(0, before.samples), await after.read(0, after.samples)];
    const left = (name: string): number => {
      const c = before.channels.findIndex((channel) => channel.name === name);
      return power(b[c]) / power(a[c]);
    };
    expect(left('FPz')).toBeLessThan(0.6);
    expect(left('O1')).toBeGreaterThan(0.9);
    // The same seed, the same bytes.
    const again = await done('mne/ica-blinks', { inputs: { input: reference('raw') } });
    expect(await readFile(again('raw'))).toEqual(await readFile(output('raw')));
    // Its own result has no blinks left.
    const none = { inputs: { input: output('raw') }, params: { components: 15 } };
    expect(await refused('mne/ica-blinks', none)).toContain('no component behaves like a blink');
    const kept = await done('mne/ica-blinks', { ...none, params: { ...none.params, if_none: 'keep' } });
    expect(await json(kept('report'))).toMatchObject({ removed_count: 0, variance_removed: 0 });
  }, 300_000);

  it('epochs and ERP: counts by condition, a difference wave, a peak after the square', async () => {
    const reference = await done('mne/rereference', { inputs: { input: filtered('raw') } });
    const epochs = await done('mne/epochs', {
      inputs: { input: reference('raw') },
      params: { tmin_s: -0.5, tmax_s: 1, baseline_s: [-0.2, 0], reject_uv: 150 },
    });
    const report = (await json(epochs('report'))) as unknown as {
      conditions: Record<string, { events: number; kept: number }>;
    };
    expect([report.conditions['square']?.events, report.conditions['rt']?.events]).toEqual([80, 74]);
    expect(report.conditions['square']?.kept).toBeGreaterThan(50);
    expect(await table(epochs('table'))).toHaveLength(154);
    const erp = await done('mne/erp', {
      inputs: { input: epochs('epochs') },
      params: { contrasts: ['rt-square'], channels: ['Pz', 'POz'], window_s: [0.25, 0.6] },
    });
    // The mean of the trials, made from the continuous recording by hand.
    const recording = await openFif(reference('raw'));
    const data = await recording.read(0, recording.samples);
    const pz = data[recording.channels.findIndex(({ name }) => name === 'Pz')] ?? new Float64Array();
    const kept = (await table(epochs('table'))).filter(
      (row) => row['status'] === 'kept' && row['trial_type'] === 'square',
    );
    const at = (t: number): number =>
      (kept.reduce((sum, row) => {
        const zero = Math.round(Number(row['onset']) * 128);
        const baseline = pz.subarray(zero + Math.ceil(-0.2 * 128), zero + 1);
        return (
          sum +
          (pz[zero + Math.round(t * 128)] ?? NaN) -
          baseline.reduce((s, v) => s + v, 0) / baseline.length
        );
      }, 0) /
        kept.length) *
      1e6;
    const waves = (await table(erp('waves'))).filter((row) => row['condition'] === 'square');
    for (const t of [0.125, 0.25, 0.375]) {
      const row = waves.find((each) => Math.abs(Number(each['time_s']) - t) < 1e-6);
      expect(Number(row?.['Pz'])).toBeCloseTo(at(t), 2);
    }
    expect((await table(erp('peaks'))).map((row) => row['condition'])).toEqual(
      expect.arrayContaining(['square', 'rt', 'rt-square']) as string[],
    );
    const input = epochs('epochs');
    expect(await refused('mne/erp', { inputs: { input }, params: { contrasts: ['rt-circle'] } })).toContain(
      'two of the conditions',
    );
    expect(
      await refused('mne/epochs', {
        inputs: { input: reference('raw') },
        params: { conditions: ['circle'] },
      }),
    ).toContain('no event circle');
    expect(
      await refused('mne/epochs', { inputs: { input: reference('raw') }, params: { reject_uv: 5 } }),
    ).toContain('every one of 154 epochs was dropped');

    // A burst of 20 Hz from 0.3 to 0.6 s after each square, planted in the recording, is found where it is.
    const burst = join(folder, 'burst_raw.fif');
    const squares = (recording.events ?? []).filter(({ name }) => name === 'square');
    await plant(
      reference('raw'),
      burst,
      { O1: 'burst' },
      squares.map(({ onsetS }) => onsetS),
    );
    const planted = await done('mne/epochs', {
      inputs: { input: burst },
      params: { conditions: ['square'], tmin_s: -0.5, tmax_s: 1 },
    });
    const power = await done('mne/time-frequency', {
      inputs: { input: planted('epochs') },
      params: { fmin_hz: 8, cycles: 5, channels: ['O1'] },
    });
    const { largest } = (await json(power('report'))) as unknown as {
      largest: Record<string, { frequency_hz: number; time_s: number; power_db: number }>;
    };
    expect(largest['square']?.power_db).toBeGreaterThan(5);
    expect(Math.abs((largest['square']?.frequency_hz ?? 0) - 20)).toBeLessThan(2);
    expect(Math.abs((largest['square']?.time_s ?? 0) - 0.45)).toBeLessThan(0.12);
    expect(
      await refused('mne/time-frequency', { inputs: { input }, params: { fmin_hz: 2, cycles: 6 } }),
    ).toContain('baseline');
  }, 300_000);

  it('spectra: alpha above beta, an alpha peak at 10 Hz; coupling by three measures', async () => {
    const output = await done('mne/psd', { inputs: { input: filtered('raw') } });
    const report = (await json(output('report'))) as unknown as {
      bands: Record<string, { power_uv2: number; density_uv2_per_hz: number; relative: number }>;
      peak_7_to_14_hz: number;
    };
    const { alpha, beta } = report.bands;
    expect(alpha?.power_uv2).toBeGreaterThan(2 * (beta?.power_uv2 ?? Infinity));
    expect(alpha?.relative).toBeGreaterThan(beta?.relative ?? Infinity);
    expect(report.peak_7_to_14_hz).toBe(10);
    expect(Object.values(report.bands).reduce((sum, band) => sum + band.relative, 0)).toBeCloseTo(1, 3);
    expect(await table(output('bands'))).toHaveLength(30 * 5);
    const input = filtered('raw');
    expect(await refused('mne/psd', { inputs: { input }, params: { fmax_hz: 80 } })).toContain(
      'at most 64 Hz',
    );
    expect(await refused('mne/psd', { inputs: { input }, params: { alpha_hz: [13, 8] } })).toContain(
      'alpha_hz is 13 to 8',
    );
    const means: number[] = [];
    for (const measure of ['coherence', 'plv', 'imaginary-coherence']) {
      const coupling = await done('mne/connectivity', { inputs: { input }, params: { measure } });
      means.push((await json(coupling('report')))['mean'] ?? NaN);
    }
    expect(means[2]).toBeLessThan(means[0] ?? 0);
  }, 300_000);
});

function power(x: Float64Array | undefined): number {
  return (x ?? new Float64Array()).reduce((sum, value) => sum + value * value, 0);
}

function correlation(a: Float64Array | undefined, b: Float64Array | undefined): number {
  const [x, y] = [a, b].map((row) => {
    const values = row ?? new Float64Array();
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  });
  const product = (x ?? new Float64Array()).reduce((sum, value, i) => sum + value * (y?.[i] ?? 0), 0);
  return product / Math.sqrt(power(x) * power(y));
}

/** Copies a FIF recording and spoils channels: its samples are overwritten where they stand in the file. */
async function plant(
  source: string,
  target: string,
  mistakes: Readonly<Record<string, 'flat' | 'loud' | 'unlike' | 'hum' | 'burst'>>,
  onsets: readonly number[] = [],
): Promise<void> {
  const recording = await openFif(source);
  const { channels, rateHz } = recording;
  const first = await recording.read(0, 1);
  let units: number[] | undefined;
  const bytes = await readFile(source);
  let at = 0;
  let sample = 0;
  for (let next = 0; next >= 0 && at < bytes.length;) {
    const [kind, size] = [bytes.readInt32BE(at), bytes.readInt32BE(at + 8)];
    next = bytes.readInt32BE(at + 12);
    if (kind === 300) {
      // Stored values times a calibration are volts.
      units ??= first.map((row, c) => (row[0] ?? 0) / bytes.readFloatBE(at + 16 + 4 * c));
      for (let i = 0; i < size / 4 / channels.length; i += 1, sample += 1) {
        const t = sample / rateHz;
        for (const [c, { name }] of channels.entries()) {
          const place = at + 16 + 4 * (i * channels.length + c);
          const value = bytes.readFloatBE(place);
          const mistake = mistakes[name];
          const volt = 1 / (units[c] ?? 1);
          if (mistake === 'flat') bytes.writeFloatBE(1e-9 * volt * Math.sin(t), place);
          else if (mistake === 'loud') bytes.writeFloatBE(value * 25, place);
          else if (mistake === 'unlike')
            bytes.writeFloatBE(2e-5 * volt * Math.sin(2 * Math.PI * (3 * t + 4 * Math.sin(0.37 * t))), place);
          else if (mistake === 'burst' && onsets.some((onset) => t >= onset + 0.3 && t < onset + 0.6))
            bytes.writeFloatBE(value + 2e-5 * volt * Math.sin(2 * Math.PI * 20 * t), place);
          else if (mistake === 'hum')
            bytes.writeFloatBE(value + 4e-6 * volt * Math.sin(2 * Math.PI * 50 * t), place);
        }
      }
    }
    at = next > 0 ? next : at + 16 + size;
  }
  await writeFile(target, bytes);
}
