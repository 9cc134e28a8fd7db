import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseEvents, type TaskEvent } from '../../../src/bids/events.js';
import { readNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { readVoxels } from '../../../src/imaging/voxel-stream.js';
import { simulateBold, type BoldScan } from '../../../src/synthetic/bold.js';
import { applyAffine } from '../../../src/imaging/affine.js';
import { makeHead } from '../../../src/synthetic/head-phantom.js';
import { seededRandom } from '../../../src/synthetic/random.js';
import { label } from '../../../src/synthetic/tissues.js';
import { temporaryFolder } from '../../support/temporary.js';
import { leastSquares, mean, residual } from './fits.js';

const STEP = 0.05;
const TR = 2;

/** Response of SPM in steps, and its convolution with boxcars: nothing of the simulation. */
const response = (() => {
  const gamma = (shape: number, t: number): number => {
    let value = Math.exp(-t);
    for (let n = 1; n < shape; n++) value *= t / n;
    return value;
  };
  const samples = Array.from({ length: 32 / STEP }, (_, i) => gamma(6, i * STEP) - gamma(16, i * STEP) / 6);
  const sum = samples.reduce((total, value) => total + value, 0);
  return samples.map((value) => value / sum);
})();

function convolved(events: readonly TaskEvent[], condition: string, times: readonly number[]): number[] {
  const own = events.filter(({ trialType }) => trialType === condition);
  const boxcar = (t: number): number =>
    own.some(({ onset, duration }) => t >= onset && t < onset + (duration ?? 0)) ? 1 : 0;
  return times.map((time) =>
    response.reduce((sum, value, lag) => sum + value * boxcar(time - lag * STEP), 0),
  );
}

let scan: BoldScan;
let series: Float64Array;
let events: readonly TaskEvent[];
let volumes: number;
let perSlice: number;

beforeAll(async () => {
  scan = simulateBold(makeHead(1, 'sub-01'), seededRandom(1, 'bold'));
  const path = join(temporaryFolder(), 'bold.nii.gz');
  await writeNifti(path, scan.image);
  const header = await readNiftiHeader(path);
  expect(header.repetitionTimeS).toBe(TR);
  series = await readVoxels(header);
  volumes = header.dims[3]!;
  perSlice = header.dims[0]! * header.dims[1]!;
  const rows = scan.events.map((event) => `${event.onset}\t${event.duration}\t${event.trialType}`);
  events = parseEvents(`onset\tduration\ttrial_type\n${rows.join('\n')}\n`, {}).events;
});

const timeCourse = (voxel: number): number[] =>
  Array.from({ length: volumes }, (_, volume) => series[volume * scan.truth.labels.length + voxel]!);

const designs = new Map<string, number[][]>();

/** Two conditions, constant, line and two cosines. `times` are when the voxel was measured. */
function design(times: readonly number[], task = events): number[][] {
  const key = [times[0], ...task.map(({ trialType }) => trialType)].join(' ');
  const known = designs.get(key);
  if (known !== undefined) return known;
  const [right, left] = [convolved(task, 'right', times), convolved(task, 'left', times)];
  const made = times.map((_, volume) => {
    const u = (volume + 0.5) / times.length;
    return [right[volume]!, left[volume]!, 1, u, Math.cos(Math.PI * u), Math.cos(2 * Math.PI * u)];
  });
  designs.set(key, made);
  return made;
}

const timesOf = (slice: number, shift = 0): number[] => {
  const timing = (scan.sidecar['SliceTiming'] as number[])[slice]!;
  return Array.from({ length: volumes }, (_, volume) => volume * TR + timing + shift);
};

const voxelsWhere = (wanted: (voxel: number) => boolean): number[] =>
  [...scan.truth.labels.keys()].filter(wanted);
const isActive = (voxel: number): boolean => scan.truth.active[voxel] === 1;
const isQuietGrey = (voxel: number): boolean => scan.truth.labels[voxel] === label.grey && !isActive(voxel);

/** Percent signal change of both conditions, by voxel. */
function effects(voxels: readonly number[]): { right: number; left: number }[] {
  const solvers = new Map<number, ReturnType<typeof leastSquares>>();
  return voxels.map((voxel) => {
    const slice = Math.floor(voxel / perSlice);
    const solve = solvers.get(slice) ?? leastSquares(design(timesOf(slice)));
    solvers.set(slice, solve);
    const [right, left] = solve(timeCourse(voxel));
    const baseline = mean(timeCourse(voxel));
    return { right: (100 * right!) / baseline, left: (100 * left!) / baseline };
  });
}

describe('task fMRI', () => {
  it('gives back its effects by an independent GLM of its files, and none elsewhere', () => {
    const found = effects(voxelsWhere(isActive));
    expect(found.length).toBeGreaterThan(40);
    expect(Math.abs(mean(found.map(({ right }) => right)) - 2.5)).toBeLessThan(0.15);
    expect(Math.abs(mean(found.map(({ left }) => left)) - 0.8)).toBeLessThan(0.15);
    const quiet = effects(voxelsWhere(isQuietGrey));
    expect(quiet.length).toBeGreaterThan(1000);
    expect(Math.abs(mean(quiet.map(({ right }) => right)))).toBeLessThan(0.05);
    expect(Math.abs(mean(quiet.map(({ left }) => left)))).toBeLessThan(0.05);
    // An effect of 2.5 is far outside of what noise makes of none.
    const spread = Math.sqrt(mean(quiet.map(({ right }) => right ** 2)));
    expect(2.5 / spread).toBeGreaterThan(4);
  });

  it('fits worse, and smaller, with a design one volume late or early', () => {
    for (const shift of [TR, -TR]) {
      let [right, shifted] = [0, 0];
      for (const voxel of voxelsWhere(isActive)) {
        const slice = Math.floor(voxel / perSlice);
        right += residual(design(timesOf(slice)), timeCourse(voxel));
        shifted += residual(design(timesOf(slice, shift)), timeCourse(voxel));
      }
      expect(shifted / right).toBeGreaterThan(1.1);
    }
  });

  it('fits worse when the conditions are dealt to the wrong events', () => {
    const [first, ...rest] = events.map(({ trialType }) => trialType);
    const wrong = events.map((event, index) => ({ ...event, trialType: [...rest, first][index] }));
    let [right, dealt] = [0, 0];
    for (const voxel of voxelsWhere(isActive)) {
      const times = timesOf(Math.floor(voxel / perSlice));
      right += residual(design(times), timeCourse(voxel));
      dealt += residual(design(times, wrong), timeCourse(voxel));
    }
    expect(dealt / right).toBeGreaterThan(1.05);
  });

  it('measures each slice at its own time: the times of other slices fit worse', () => {
    const timing = scan.sidecar['SliceTiming'] as number[];
    expect(new Set(timing).size).toBe(20);
    expect(Math.min(...timing)).toBe(0);
    expect(Math.max(...timing)).toBeLessThan(TR);
    expect(timing.slice(0, 4)).toEqual([0, 1, 0.1, 1.1]);
    let [own, reversed] = [0, 0];
    for (const voxel of voxelsWhere(isActive)) {
      const slice = Math.floor(voxel / perSlice);
      own += residual(design(timesOf(slice)), timeCourse(voxel));
      reversed += residual(design(timesOf(timing.length - 1 - slice)), timeCourse(voxel));
    }
    expect(reversed).toBeGreaterThan(own);
  });

  it('has its active region in the left hemisphere, above the centre', () => {
    const { shape } = scan.truth.grid;
    for (const voxel of voxelsWhere(isActive)) {
      const index = [voxel % shape[0], Math.floor(voxel / shape[0]) % shape[1], Math.floor(voxel / perSlice)];
      const [x, , z] = applyAffine(scan.truth.grid.affine, index as [number, number, number]);
      expect(x).toBeLessThan(-10);
      expect(z).toBeGreaterThan(10);
    }
  });

  it('knows its design: the regressors of the truth are those of an independent convolution', () => {
    for (const slice of [0, 1, 13]) {
      const independent = convolved(events, 'right', timesOf(slice));
      scan.truth.regressors['right']![slice]!.forEach((value, volume) =>
        expect(value).toBeCloseTo(independent[volume]!, 1.7),
      );
    }
  });

  it('has noise of the stated size that remembers the volume before', () => {
    const whole = voxelsWhere(isQuietGrey).slice(0, 400);
    const statistics = whole.map((voxel) => {
      const y = timeCourse(voxel);
      const rows = design(timesOf(Math.floor(voxel / perSlice)));
      const fit = leastSquares(rows)(y);
      const rest = y.map((value, t) => value - rows[t]!.reduce((s, x, p) => s + x * fit[p]!, 0));
      const variance = mean(rest.map((value) => value ** 2));
      return {
        tsnr: mean(y) / Math.sqrt(variance),
        lag: mean(rest.slice(1).map((value, t) => value * rest[t]!)) / variance,
      };
    });
    // What six columns take out of the residuals makes them look a little quieter and less correlated.
    expect(Math.abs(mean(statistics.map(({ tsnr }) => tsnr)) / 80 - 1)).toBeLessThan(0.1);
    expect(Math.abs(mean(statistics.map(({ lag }) => lag)) - 0.27)).toBeLessThan(0.06);
  });

  it('drifts: a design without the drift fits far worse', () => {
    let [with_, without] = [0, 0];
    for (const voxel of voxelsWhere(isQuietGrey).slice(0, 200)) {
      const rows = design(timesOf(Math.floor(voxel / perSlice)));
      with_ += residual(rows, timeCourse(voxel));
      without += residual(
        rows.map((row) => row.slice(0, 3)),
        timeCourse(voxel),
      );
    }
    expect(without / with_).toBeGreaterThan(1.1);
  });

  it('shows both conditions equally often, without overlap, and leaves time for the last response', () => {
    const counts = ['right', 'left'].map((c) => events.filter(({ trialType }) => trialType === c).length);
    expect(counts[0]).toBe(counts[1]);
    expect(counts[0]).toBeGreaterThan(4);
    events.slice(1).forEach(({ onset }, index) => {
      expect(onset).toBeGreaterThan(events[index]!.onset + (events[index]!.duration ?? 0) + 5);
    });
    expect(volumes * TR - events.at(-1)!.onset).toBeGreaterThan(10);
    expect(() => simulateBold(makeHead(1, 'x'), seededRandom(1), { volumes: 8 })).toThrow('two events');
  });
});
