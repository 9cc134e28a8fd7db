import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/kernel/json.js';
import { welchDensity } from '../../../src/imaging/spectrum.js';
import { seededRandom } from '../../../src/synthetic/random.js';
import { temporaryFolder } from '../../support/temporary.js';
import { check, subject } from './subject.js';
import { writeFif, writeFifEpochs, type FifContent } from './write-fif.js';

const RATE = 128;
const SECONDS = 40;
const UV = 1e-6;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

/** Alpha of 20 uV and noise in ten channels, blinks at the front; events every two seconds. */
function brain(): FifContent {
  const random = seededRandom(7, 'brain').normal;
  const samples = RATE * SECONDS;
  const blink = Float64Array.from({ length: samples }, (_, i) => {
    const phase = (i / RATE) % 5;
    return phase < 0.3 ? 120 * UV * Math.sin((Math.PI * phase) / 0.3) ** 2 : 0;
  });
  const channels: Record<string, Float64Array> = {};
  for (let c = 0; c < 10; c += 1) {
    const share = c === 0 ? 1 : c === 1 ? 0.5 : 0;
    channels[`E${c}`] = Float64Array.from({ length: samples }, (_, i) => {
      const alpha = 20 * UV * Math.sin(2 * Math.PI * (10 * (i / RATE) + c / 10));
      return alpha + 5 * UV * random() + share * (blink[i] ?? 0);
    });
  }
  channels['VEOG'] = blink.map((v) => v * 2 + UV * random());
  const annotations = Array.from(
    { length: 18 },
    (_, k) => [1 + 2 * k, 0, k % 2 === 0 ? 'rare' : 'standard:a'] as const,
  );
  return { rateHz: RATE, channels, kinds: { VEOG: 202 }, annotations };
}

async function put(name: string, content: FifContent): Promise<string> {
  const path = join(folder, name);
  await writeFif(path, content);
  return path;
}

function mapped(content: FifContent, change: (row: Float64Array, name: string) => Float64Array): FifContent {
  const channels = Object.fromEntries(
    Object.entries(content.channels).map(([name, row]) => [name, change(row, name)]),
  );
  return { ...content, channels };
}

/** Runs one check on `after`, made from `before`: the messages, empty where it passes. */
async function messages(
  name: string,
  before: FifContent,
  after: FifContent,
  args: Record<string, JsonValue>,
  params: Record<string, JsonValue> = {},
): Promise<string[]> {
  const [input, path] = [await put('in.fif', before), await put('out.fif', after)];
  const result = await check(subject(path, { kind: 'fif', inputs: { input: [input] }, params }), name, args);
  expect(result.ok).toBe(result.findings.every(({ severity }) => severity !== 'error'));
  return result.findings.map(({ message }) => message);
}

describe('recording.same-frame', () => {
  const args = { input: 'input' };
  it('passes a recording that keeps its frame', async () => {
    expect(await messages('recording.same-frame', brain(), brain(), args)).toEqual([]);
  });
  it('finds another rate, lost channels, swapped channels and a lost end', async () => {
    const sound = brain();
    const other = (after: FifContent): Promise<string[]> =>
      messages('recording.same-frame', sound, after, args);
    expect((await other({ ...sound, rateHz: 250 })).join()).toContain('250 Hz');
    const { E3: _gone, ...rest } = sound.channels;
    expect((await other({ ...sound, channels: rest })).join()).toContain('10 channels');
    const { E0, E1, ...others } = sound.channels;
    const swapped = { E1: E1 ?? new Float64Array(), E0: E0 ?? new Float64Array(), ...others };
    expect((await other({ ...sound, channels: swapped })).join()).toContain('channel 1 is E1');
    expect((await other(mapped(sound, (row) => row.subarray(0, 3000)))).join()).toContain('s long');
  });
  it('holds a resampled recording to the rate that was asked for', async () => {
    const sound = brain();
    const slower = { ...mapped(sound, (row) => row.filter((_, i) => i % 2 === 0)), rateHz: RATE / 2 };
    const rate = { input: 'input', rate: 'rate_hz' };
    expect(await messages('recording.same-frame', sound, slower, rate, { rate_hz: 64 })).toEqual([]);
    expect(await messages('recording.same-frame', sound, sound, rate, { rate_hz: 64 })).not.toEqual([]);
    // The header says the new rate, the samples are the old ones.
    expect(
      await messages('recording.same-frame', sound, { ...sound, rateHz: 64 }, rate, { rate_hz: 64 }),
    ).not.toEqual([]);
  });
});

describe('recording.amplitude', () => {
  it('passes microvolts in volts, and finds microvolts that were kept as volts, and the other way round', async () => {
    const sound = brain();
    const test = (after: FifContent): Promise<string[]> => messages('recording.amplitude', sound, after, {});
    expect(await test(sound)).toEqual([]);
    expect((await test(mapped(sound, (row) => row.map((v) => v * 1e6)))).join()).toContain(
      'typical amplitude',
    );
    expect((await test(mapped(sound, (row) => row.map((v) => v * 1e-6)))).join()).toContain(
      'typical amplitude',
    );
  });
  it('finds one sample that is no number', async () => {
    const broken = mapped(brain(), (row, name) => (name === 'E5' ? row.with(999, NaN) : row));
    expect(await messages('recording.amplitude', brain(), broken, {})).toEqual([
      '1 samples are no finite numbers',
    ]);
  });
});

describe('recording.events', () => {
  const args = { inputs: ['events', 'input'], column: 'event_column' };
  it('passes the same events, and finds lost, renamed and shifted ones', async () => {
    const sound = brain();
    const events = sound.annotations ?? [];
    const test = (annotations: FifContent['annotations']): Promise<string[]> =>
      messages('recording.events', sound, { ...sound, annotations: annotations ?? [] }, args);
    expect(await test(events)).toEqual([]);
    expect((await test(events.slice(1))).join()).toContain('rare 8');
    expect(
      (await test(events.map(([t, d, name]) => [t, d, name === 'rare' ? 'Rare' : name]))).join(),
    ).toContain('Rare 9');
    // Onsets in samples of the old rate, read at the new one.
    expect((await test(events.map(([t, d, name]) => [t * 1.024, d, name]))).join()).toContain(
      'rare stands at',
    );
    // One event moved by two samples.
    expect(
      (await test(events.map(([t, d, name], i) => [i === 9 ? t + 2 / RATE : t, d, name]))).join(),
    ).toContain('stands at');
    expect(await test([...events, [3.5, 1, 'BAD_movement']])).toEqual([]);
  });
  it('compares with events.tsv, whose `value` names what `trial_type` leaves open', async () => {
    const sound = brain();
    const events = join(folder, 'sub-01_events.tsv');
    const rows = (sound.annotations ?? []).map(([t, , name]) =>
      (name === 'rare' ? [t, 0, 'n/a', 'rare'] : [t, 0, name, 7]).join('\t'),
    );
    const path = await put('out.fif', sound);
    const test = async (lines: readonly string[]): Promise<boolean> => {
      await writeFile(events, ['onset\tduration\ttrial_type\tvalue', ...lines].join('\n'));
      return (await check(subject(path, { inputs: { events: [events] } }), 'recording.events', args)).ok;
    };
    expect(await test(rows)).toBe(true);
    expect(await test(rows.slice(0, -1))).toBe(false);
  });
});

describe('recording.same-signal', () => {
  const args = { input: 'input' };
  it('finds a scale that the source does not have, swapped and turned channels', async () => {
    const sound = brain();
    const test = (after: FifContent): Promise<string[]> =>
      messages('recording.same-signal', sound, after, args);
    expect(await test(sound)).toEqual([]);
    expect((await test(mapped(sound, (row) => row.map((v) => v * 0.5))))[0]).toContain('0.5 times');
    const { E0 = new Float64Array(), E1 = new Float64Array(), ...others } = sound.channels;
    expect((await test({ ...sound, channels: { E0: E1, E1: E0, ...others } })).join()).toContain(
      'E0 correlates',
    );
    expect((await test(mapped(sound, (row) => row.map((v) => -v)))).join()).toContain('correlates -1');
  });
});

describe('recording.reference', () => {
  const args = { reference: 'reference', channels: 'channels' };
  const averaged = (content: FifContent, names: readonly string[]): FifContent => {
    const rows = names.map((name) => content.channels[name] ?? new Float64Array());
    const mean = Float64Array.from(
      rows[0] ?? [],
      (_, i) => rows.reduce((sum, row) => sum + (row[i] ?? 0), 0) / rows.length,
    );
    return mapped(content, (row, name) => (name === 'VEOG' ? row : row.map((v, i) => v - (mean[i] ?? 0))));
  };
  it('tells the average, without bad channels, from others', async () => {
    const sound: FifContent = { ...brain(), bads: ['E9'] };
    const good = Array.from({ length: 9 }, (_, c) => `E${c}`);
    const test = (after: FifContent, params = {}): Promise<string[]> =>
      messages('recording.reference', sound, after, args, params);
    expect(await test(averaged(sound, good))).toEqual([]);
    expect((await test(sound)).join()).toContain('good EEG channels moves');
    // The bad channel took part in the average.
    expect(await test(averaged(sound, [...good, 'E9']))).not.toEqual([]);
    const named = { reference: 'channels', channels: ['E2', 'E3'] };
    expect(await test(averaged(sound, ['E2', 'E3']), named)).toEqual([]);
    expect((await test(averaged(sound, ['E2']), named)).join()).toContain('E2, E3 moves');
  });
});

describe('recording.filtered', () => {
  const args = { input: 'input', high_pass: 'high_pass_hz', low_pass: 'low_pass_hz', notch: 'notch_hz' };
  /** By deleting frequencies, one by one, of a spectrum: slow and exact enough. */
  const kept = (content: FifContent, keep: (hz: number) => boolean): FifContent =>
    mapped(content, (row) => filtered(row, RATE, keep));
  it('passes a filtered recording; finds one that is not, swapped edges, and a band that should have stayed', async () => {
    const random = seededRandom(3, 'noise').normal;
    const noise: FifContent = {
      rateHz: RATE,
      channels: { E0: Float64Array.from({ length: 4096 }, () => 10 * UV * random() + 50 * UV) },
    };
    const params = { high_pass_hz: 1, low_pass_hz: 30, notch_hz: [] };
    const test = (after: FifContent): Promise<string[]> =>
      messages('recording.filtered', noise, after, args, params);
    expect(await test(kept(noise, (f) => f >= 1 && f <= 30))).toEqual([]);
    expect((await test(noise)).join()).toMatch(/above 38\.5 Hz.*offset/);
    expect((await test(kept(noise, (f) => f > 30))).join()).toContain('% of the power at');
    expect((await test(kept(noise, (f) => f <= 30))).join()).toContain('offset');
    const notch = { high_pass_hz: 0, low_pass_hz: 0, notch_hz: [50] };
    const at50 = messages(
      'recording.filtered',
      noise,
      kept(noise, (f) => Math.abs(f - 50) > 1),
      args,
      notch,
    );
    expect(await at50).toEqual([]);
    expect((await messages('recording.filtered', noise, noise, args, notch)).join()).toContain(
      '50 Hz is left',
    );
  });
});

describe('recording.blinks-removed', () => {
  it('passes what takes blinks out, and finds alpha taken out, nothing taken out, and a report that differs', async () => {
    const before = brain();
    const report = join(folder, 'report.json');
    const input = await put('in.fif', before);
    const test = async (after: FifContent, removed: number): Promise<string> => {
      await writeFile(report, JSON.stringify({ removed_count: removed, blink_channels: ['VEOG'] }));
      const path = await put('out.fif', after);
      const about = subject(path, { inputs: { input: [input] }, outputs: { raw: path, report } });
      const result = await check(about, 'recording.blinks-removed', { input: 'input', report: 'report' });
      return result.findings.map(({ message }) => message).join();
    };
    const eye = before.channels['VEOG'] ?? new Float64Array();
    const share: Record<string, number> = { E0: 0.5, E1: 0.25 };
    const clean = mapped(before, (row, name) => row.map((v, i) => v - (share[name] ?? 0) * (eye[i] ?? 0)));
    expect(await test(clean, 1)).toBe('');
    expect(await test(clean, 0)).toContain('the report says 0');
    expect(await test(before, 0)).toBe('');
    expect(await test(before, 1)).toContain('did not change');
    const noAlpha = mapped(before, (row, name) =>
      name === 'VEOG' ? row : filtered(row, RATE, (f) => f < 8 || f > 12),
    );
    expect(await test(noAlpha, 1)).toContain('correlates 0.0');
  });
});

describe('spectrum.of-recording', () => {
  it('passes a Welch spectrum in uV2/Hz, and finds V2, both sides, decibels, another rate, another window', async () => {
    const content = brain();
    const input = await put('in.fif', content);
    const size = 256;
    const path = join(folder, 'psd.tsv');
    const density = ['E0', 'E4'].map((name) =>
      welchDensity(
        (content.channels[name] ?? new Float64Array()).map((v) => v * 1e6),
        RATE,
        size,
      ),
    );
    const test = async (step: number, change: (v: number) => number, window = 2): Promise<boolean> => {
      const rows = Array.from({ length: 80 }, (_, k) =>
        [(k + 2) * step, ...density.map((d) => change(d[k + 2] ?? NaN))].join('\t'),
      );
      await writeFile(path, ['frequency_hz\tE0\tE4', ...rows].join('\n'));
      const about = subject(path, { inputs: { input: [input] }, params: { window_s: window } });
      return (await check(about, 'spectrum.of-recording', { input: 'input', window: 'window_s' })).ok;
    };
    expect(await test(0.5, (v) => v)).toBe(true);
    expect(await test(0.5, (v) => v * 1e-12)).toBe(false);
    expect(await test(0.5, (v) => v / 2)).toBe(false);
    expect(await test(0.5, (v) => 10 * Math.log10(v) + 40)).toBe(false);
    // The axis of 250 Hz for 128 Hz.
    expect(await test((0.5 * 250) / 128, (v) => v, 1.024)).toBe(false);
    expect(await test(0.5, (v) => v, 1)).toBe(false);
  });
});

describe('epochs.counts', () => {
  it('finds epochs that the report does not have, and events that were never there', async () => {
    const input = await put('in.fif', brain());
    const [path, report] = [join(folder, 'data_epo.fif'), join(folder, 'report.json')];
    await writeFifEpochs(path, 16, 11, 100);
    const test = async (rare: number, standard: number, kept = 8): Promise<string> => {
      const conditions = { rare: { events: rare, kept }, 'standard:a': { events: standard, kept: 8 } };
      await writeFile(report, JSON.stringify({ conditions }));
      const about = subject(path, { inputs: { input: [input] }, outputs: { epochs: path, report } });
      const result = await check(about, 'epochs.counts', { report: 'report', inputs: ['events', 'input'] });
      return result.findings.map(({ message }) => message).join();
    };
    expect(await test(9, 9)).toBe('');
    expect(await test(9, 9, 9)).toContain('the file holds 16 epochs');
    expect(await test(18, 9)).toContain('18 events rare');
    await writeFile(path, 'no epochs');
    expect(await test(9, 9)).toContain('ends within a tag');
  });
});

describe('fif.valid', () => {
  it('finds a file that was cut, and one that is something else', async () => {
    const path = await put('a.fif', brain());
    const test = async (): Promise<boolean> => (await check(subject(path), 'fif.valid')).ok;
    expect(await test()).toBe(true);
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 3000));
    expect(await test()).toBe(false);
    await writeFile(path, 'something else that is long enough for a tag');
    expect(await test()).toBe(false);
  });
});

/** Sets the coefficients of frequencies that are not kept to zero (a plain discrete Fourier transform). */
function filtered(x: Float64Array, rateHz: number, keep: (hz: number) => boolean): Float64Array {
  const n = x.length;
  const result = new Float64Array(n);
  const [cosine, sine] = [Math.cos, Math.sin].map((f) =>
    Float64Array.from({ length: n }, (_, i) => f((2 * Math.PI * i) / n)),
  );
  for (let k = 0; k <= n / 2; k += 1) {
    if (keep((k * rateHz) / n) === keep(-1)) continue;
    let [re, im] = [0, 0];
    for (let i = 0; i < n; i += 1) {
      re += (x[i] ?? 0) * (cosine?.[(k * i) % n] ?? 0);
      im += (x[i] ?? 0) * (sine?.[(k * i) % n] ?? 0);
    }
    const scale = (k === 0 || 2 * k === n ? 1 : 2) / n;
    for (let i = 0; i < n; i += 1)
      result[i] =
        (result[i] ?? 0) + scale * (re * (cosine?.[(k * i) % n] ?? 0) + im * (sine?.[(k * i) % n] ?? 0));
  }
  return keep(-1) ? x.map((v, i) => v - (result[i] ?? 0)) : result;
}
