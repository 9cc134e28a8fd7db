import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { bandPower, welchDensity } from '../../imaging/spectrum.js';
import { seededRandom, type Random } from '../../synthetic/random.js';
import { writeEdf, type EdfChannel } from './edf-write.js';
import { defineGenerator } from './generator.js';
import { memoryNoise, tsv } from './series.js';

const RATE_HZ = 128;
/** How much of each source a channel sees: alpha rhythm, blinks, the response to events; Fz-like sites see all. */
const montage = [
  { name: 'Fp1', alpha: 0.1, blink: 1, response: 0.05 },
  { name: 'Fp2', alpha: 0.12, blink: 0.94, response: 0.05 },
  { name: 'F3', alpha: 0.15, blink: 0.42, response: 0.2 },
  { name: 'F4', alpha: 0.2, blink: 0.4, response: 0.25 },
  { name: 'Cz', alpha: 0.35, blink: 0.16, response: 0.7 },
  { name: 'Pz', alpha: 0.65, blink: 0.08, response: 1 },
  { name: 'O1', alpha: 1, blink: 0.03, response: 0.4 },
  { name: 'O2', alpha: 0.8, blink: 0.03, response: 0.35 },
] as const;
/** Microvolts. */
const BLINK_UV = 170;
const VEOG_GAIN = 1.7;
/** Hz; a band has its lower edge and not its upper one. */
const bands = { delta: [1, 4], theta: [4, 8], alpha: [8, 13], beta: [13, 30] } as const;
const ALL = [1, 30] as const;
/** Samples about an event, both ends included: -0.25 s to 0.75 s. */
const EPOCH = [-32, 96] as const;
const REJECT_UV = 120;

export const oddballEegGenerator = defineGenerator({
  id: 'oddball-eeg',
  about:
    'an EEG in EDF with a known alpha rhythm, mains, and on wish blinks and responses to rare and frequent tones; its spectrum, its averages and itself without blinks',
  params: z.strictObject({
    seconds: z.int().min(30).max(600).default(120),
    blinks: z.boolean().default(false),
    events: z.boolean().default(false),
  }),
  async make(folders, seed, { seconds, blinks, events }) {
    const random = seededRandom(seed, 'oddball-eeg');
    const samples = seconds * RATE_HZ;
    const tones = events ? oddball(random, samples) : [];
    const clean = withoutBlinks(random, samples, tones);
    const lids = blinks ? blinkSeries(random, samples) : new Float64Array(samples);
    const recorded = clean.map(({ name, values }, c): EdfChannel => ({
      name,
      values: values.map((value, t) => value + BLINK_UV * (montage[c]?.blink ?? 0) * (lids[t] as number)),
    }));
    const eye = memoryNoise(random, samples, 0.9);
    const veog = eye.map((value, t) => value + VEOG_GAIN * BLINK_UV * (lids[t] as number));
    const folder = join(folders.in, 'sub-01', 'eeg');
    await mkdir(folder, { recursive: true });
    await mkdir(folders.reference, { recursive: true });
    const task = events ? 'oddball' : 'rest';
    const stem = join(folder, `sub-01_task-${task}`);
    const kept = await writeEdf(`${stem}_eeg.edf`, [...recorded, { name: 'VEOG', values: veog }], RATE_HZ);
    await writeFile(
      `${stem}_eeg.json`,
      `${JSON.stringify({ TaskName: task, SamplingFrequency: RATE_HZ, EEGReference: 'linked ears', PowerLineFrequency: 50, SoftwareFilters: 'n/a', RecordingDuration: seconds })}\n`,
    );
    const rows = [...montage.map(({ name }) => [name, 'EEG', 'uV']), ['VEOG', 'VEOG', 'uV']];
    await writeFile(`${stem}_channels.tsv`, tsv(['name', 'type', 'units'], rows));
    const own = kept.filter(({ name }) => name !== 'VEOG');
    if (events) {
      const list = tones.map(({ sample, rare }) => [sample / RATE_HZ, 0.05, rare ? 'target' : 'standard']);
      await writeFile(`${stem}_events.tsv`, tsv(['onset', 'duration', 'trial_type'], list));
      await writeAverages(folders.reference, own, tones);
    } else await writeSpectrum(folders.reference, own);
    if (blinks) {
      const table = Array.from({ length: samples }, (_, t) => clean.map(({ values }) => values[t] as number));
      await writeFile(
        join(folders.reference, 'clean.tsv'),
        tsv(
          clean.map(({ name }) => name),
          table,
        ),
      );
    }
  },
});

interface Tone {
  readonly sample: number;
  readonly rare: boolean;
}

/** A tone every 1.2 to 1.6 s, one in four of them rare, never two rare ones in a row. */
function oddball(random: Random, samples: number): Tone[] {
  const tones: Tone[] = [];
  for (
    let sample = RATE_HZ;
    sample < samples - 2 * RATE_HZ;
    sample += Math.round((1.2 + 0.4 * random.uniform()) * RATE_HZ)
  )
    tones.push({ sample, rare: random.uniform() < 0.33 && tones.at(-1)?.rare !== true });
  return tones;
}

/** Eight channels in uV: background of every channel and of all, alpha with a waxing amplitude, mains, responses. */
function withoutBlinks(random: Random, samples: number, tones: readonly Tone[]): EdfChannel[] {
  const shared = memoryNoise(random, samples, 0.97);
  const frequency = 9.2 + 2.2 * random.uniform();
  const slow = memoryNoise(random, samples, 0.999);
  let phase = 0;
  const alpha = slow.map((value) => {
    phase += (2 * Math.PI * frequency) / RATE_HZ + 0.04 * random.normal();
    return 14 * Math.max(0.2, 1 + 0.4 * value) * Math.sin(phase);
  });
  const response = new Float64Array(samples);
  for (const { sample, rare } of tones)
    for (let t = 0; t < RATE_HZ; t++) {
      const s = t / RATE_HZ;
      const late = (rare ? 9 : 2) * Math.exp(-(((s - 0.36) / 0.08) ** 2) / 2);
      response[sample + t] =
        (response[sample + t] as number) + late - 3 * Math.exp(-(((s - 0.1) / 0.025) ** 2) / 2);
    }
  return montage.map(({ name, alpha: a, response: e }) => {
    const own = memoryNoise(random, samples, 0.9);
    const values = own.map(
      (value, t) =>
        1.5 * value +
        4 * (shared[t] as number) +
        a * (alpha[t] as number) +
        e * (response[t] as number) +
        2 * Math.sin((2 * Math.PI * 50 * t) / RATE_HZ + 1),
    );
    return { name, values };
  });
}

/** 0 to 1: a raised cosine of 0.3 to 0.4 s every 3 to 7 s. */
function blinkSeries(random: Random, samples: number): Float64Array {
  const lids = new Float64Array(samples);
  let start = Math.round((1.5 + random.uniform()) * RATE_HZ);
  while (start < samples - RATE_HZ) {
    const length = Math.round((0.3 + 0.1 * random.uniform()) * RATE_HZ);
    const height = 0.8 + 0.4 * random.uniform();
    for (let t = 0; t < length; t++)
      lids[start + t] = (height * (1 - Math.cos((2 * Math.PI * (t + 0.5)) / length))) / 2;
    start += Math.round((3 + 4 * random.uniform()) * RATE_HZ);
  }
  return lids;
}

/** Welch's density in windows of 4 s; shares of the power from 1 to 30 Hz, power of the alpha band in uV^2, its peak. */
async function writeSpectrum(folder: string, channels: readonly EdfChannel[]): Promise<void> {
  const size = 4 * RATE_HZ;
  const rows = channels.map(({ name, values }) => {
    const density = welchDensity(values, RATE_HZ, size);
    const power = ([low, high]: readonly [number, number]): number => bandPower(density, RATE_HZ, low, high);
    const shares = Object.values(bands).map((band) => power(band) / power(ALL));
    const inside = Array.from(density, (value, k) => (k / 4 >= 7 && k / 4 < 14 ? value : -1));
    const peak = inside.indexOf(Math.max(...inside)) / 4;
    return { name, shares, alpha: power(bands.alpha), peak };
  });
  await writeFile(
    join(folder, 'bands.tsv'),
    tsv(
      ['channel', ...Object.keys(bands), 'alpha_power'],
      rows.map(({ name, shares, alpha }) => [name, ...shares, alpha]),
    ),
  );
  const posterior = rows.filter(({ name }) => ['Pz', 'O1', 'O2'].includes(name));
  await writeFile(
    join(folder, 'peaks.tsv'),
    tsv(
      ['channel', 'peak_hz'],
      posterior.map(({ name, peak }) => [name, peak]),
    ),
  );
}

/** Averages at Pz after the mean before the tone was taken off, of the epochs without artefact; and which those are. */
async function writeAverages(
  folder: string,
  channels: readonly EdfChannel[],
  tones: readonly Tone[],
): Promise<void> {
  const [from, to] = EPOCH;
  const cut = (values: Float64Array, { sample }: Tone): Float64Array =>
    values.subarray(sample + from, sample + to + 1);
  const kept = tones.map((tone) =>
    channels.every(({ values }) => {
      const epoch = cut(values, tone);
      return Math.max(...epoch) - Math.min(...epoch) <= REJECT_UV;
    }),
  );
  const site = channels.find(({ name }) => name === 'Pz') as EdfChannel;
  const average = (rare: boolean): Float64Array => {
    const chosen = tones.filter((tone, index) => tone.rare === rare && kept[index] === true);
    const sum = new Float64Array(to - from + 1);
    for (const tone of chosen) {
      const epoch = cut(site.values, tone);
      const baseline = epoch.subarray(0, 1 - from).reduce((total, value) => total + value, 0) / (1 - from);
      for (let t = 0; t < sum.length; t++)
        sum[t] = (sum[t] as number) + ((epoch[t] as number) - baseline) / chosen.length;
    }
    return sum;
  };
  const [target, standard] = [average(true), average(false)];
  await writeFile(
    join(folder, 'evoked.tsv'),
    tsv(
      ['time', 'target', 'standard'],
      Array.from(target, (value, t) => [(from + t) / RATE_HZ, value, standard[t] as number]),
    ),
  );
  await writeFile(
    join(folder, 'epochs.tsv'),
    tsv(
      ['onset', 'trial_type', 'kept'],
      tones.map(({ sample, rare }, index) => [
        sample / RATE_HZ,
        rare ? 'target' : 'standard',
        kept[index] === true ? 1 : 0,
      ]),
    ),
  );
}
