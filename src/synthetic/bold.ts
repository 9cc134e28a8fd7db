import type { Grid } from '../imaging/affine.js';
import type { NiftiImage } from '../imaging/nifti-write.js';
import type { JsonObject } from '../kernel/json.js';
import { centredGrid, forEachVoxel, voxelCount } from './grids.js';
import { labelsOn, toStandardHead, type HeadPhantom } from './head-phantom.js';
import { regressor, type TaskPeriod } from './hrf.js';
import type { Random } from './random.js';
import { epiFields, scannerFields } from './scanner.js';
import { spoiledGradientEcho, type GradientEcho } from './signal-equations.js';
import { label, tissues } from './tissues.js';

/** The task: one finger of either hand. */
export const TASK = 'tapping';

/**
 * What each condition adds in the active region, in percent of the voxel's baseline while a block lasts. The region is
 * the left hand knob: it answers to the right hand, and a little to the left one.
 */
export const effects: Readonly<Record<string, number>> = { right: 2.5, left: 0.8 };

/** Grey matter within a sphere about the left hand knob: centre in the standard head (mm, RAS) and radius. */
const region = { centre: [-37, -19, 37], radius: 18 } as const;

export interface BoldOptions {
  /** 40x40x20 voxels of 5x5x6 mm, RAS, tilted by 10 degrees, where absent. */
  readonly grid?: Grid;
  /** 100 where absent. */
  readonly volumes?: number;
  /** Signal over the standard deviation of its noise over time, drift apart; 80 where absent. */
  readonly tsnr?: number;
  /** Correlation of the noise from one volume to the next; 0.3 where absent. */
  readonly autocorrelation?: number;
}

export interface BoldScan {
  readonly image: NiftiImage;
  readonly events: readonly TaskPeriod[];
  readonly sidecar: JsonObject;
  readonly truth: BoldTruth;
}

export interface BoldTruth {
  readonly grid: Grid;
  readonly labels: Uint8Array;
  /** 1 in the active region. */
  readonly active: Uint8Array;
  /** Signal without noise, drift or activity. */
  readonly baseline: Float32Array;
  /** Percent of the baseline per unit of the regressor, by condition, in the active region; 0 elsewhere. */
  readonly effects: Readonly<Record<string, number>>;
  readonly repetitionTimeS: number;
  /** When each slice is measured after the start of its volume, s. */
  readonly sliceTiming: readonly number[];
  /** By condition, by slice: value at each volume, at the time when this slice was measured. */
  readonly regressors: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly autocorrelation: number;
  readonly tsnr: number;
}

const sequence: GradientEcho = { repetitionTimeS: 2, echoTimeS: 0.03, flipAngleDeg: 77 };
/** Grey matter in units of the image. */
const GREY = 1000;
/** Standard deviation over voxels of each of the three parts of the drift, as a fraction of the signal. */
const DRIFT = 0.004;
/** Rest before the first event, s. */
const LEAD_S = 8;
/** Rest behind the last event, so that its response is seen, s. */
const TAIL_S = 10;

/**
 * Task fMRI of a head: gradient-echo signal, activity of the left hand region through the canonical haemodynamic
 * response, each slice at its own time; a linear trend and two slow cosines that differ between voxels; noise that
 * remembers the volume before (AR(1), Purdon & Weisskoff, Hum Brain Mapp 6:239, 1998). No movement, no distortion,
 * and no approach to the steady state.
 */
export function simulateBold(head: HeadPhantom, random: Random, options: BoldOptions = {}): BoldScan {
  const grid = options.grid ?? centredGrid([40, 40, 20], [5, 5, 6], 'RAS', 10);
  const volumes = options.volumes ?? 100;
  const tr = sequence.repetitionTimeS;
  const events = taskEvents(random, volumes * tr);
  const sliceTiming = interleaved(grid.shape[2], tr);
  const regressors = Object.fromEntries(
    Object.keys(effects).map((condition) => [
      condition,
      sliceTiming.map((offset) =>
        regressor(
          events,
          condition,
          Array.from({ length: volumes }, (_, volume) => volume * tr + offset),
        ),
      ),
    ]),
  );
  const truth: BoldTruth = {
    grid,
    ...mapsOn(grid, head),
    effects,
    repetitionTimeS: tr,
    sliceTiming,
    regressors,
    autocorrelation: options.autocorrelation ?? 0.3,
    tsnr: options.tsnr ?? 80,
  };
  return {
    image: {
      dims: [...grid.shape, volumes],
      affine: grid.affine,
      datatype: 'int16',
      repetitionTimeS: tr,
      data: seriesOf(truth, volumes, random),
    },
    events,
    sidecar: {
      ...scannerFields,
      TaskName: TASK,
      TaskDescription: 'Tapping with the index finger of the right or the left hand.',
      PulseSequenceType: 'EPI',
      ScanningSequence: 'EP',
      MRAcquisitionType: '2D',
      RepetitionTime: tr,
      EchoTime: sequence.echoTimeS,
      FlipAngle: sequence.flipAngleDeg,
      SliceTiming: sliceTiming,
      ...epiFields(grid.shape[1]),
    },
    truth,
  };
}

/** Blocks of 5 s with 7 to 11 s of rest between two, both conditions equally often in random order. */
function taskEvents(random: Random, lengthS: number): TaskPeriod[] {
  const duration = 5;
  const onsets: number[] = [];
  for (let onset = LEAD_S; onset + duration + TAIL_S <= lengthS; onset += duration + 7 + 4 * random.uniform())
    onsets.push(Math.round(onset * 10) / 10);
  const count = onsets.length - (onsets.length % 2);
  if (count === 0) throw new RangeError(`${lengthS} s are too short for two events`);
  const conditions = Array.from({ length: count }, (_, index): string =>
    index % 2 === 0 ? 'right' : 'left',
  );
  // The shuffle of Fisher and Yates.
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random.uniform() * (last + 1));
    [conditions[last], conditions[other]] = [conditions[other] as string, conditions[last] as string];
  }
  return conditions.map((trialType, index) => ({ onset: onsets[index] as number, duration, trialType }));
}

/** Slices 0, 2, 4, ..., then 1, 3, 5, ...; in whole tenths of a millisecond, as the sidecar says it. */
function interleaved(slices: number, tr: number): number[] {
  const order = [0, 1].flatMap((first) =>
    Array.from({ length: Math.ceil((slices - first) / 2) }, (_, index) => first + 2 * index),
  );
  const times = new Array<number>(slices).fill(0);
  for (const [position, slice] of order.entries())
    times[slice] = Math.round(((position * tr) / slices) * 1e4) / 1e4;
  return times;
}

function mapsOn(grid: Grid, head: HeadPhantom): Pick<BoldTruth, 'labels' | 'active' | 'baseline'> {
  const labels = labelsOn(grid, head);
  const relative = tissues.map((tissue) => spoiledGradientEcho(tissue, sequence) * tissue.fatSuppressed);
  const gain = GREY / (relative[label.grey] ?? NaN);
  const active = new Uint8Array(voxelCount(grid));
  const baseline = Float32Array.from(labels, (found) => (relative[found] ?? 0) * gain);
  const [cx, cy, cz] = region.centre;
  forEachVoxel(grid, (index, x, y, z) => {
    if (labels[index] !== label.grey) return;
    const [u, v, w] = toStandardHead(head, [x, y, z]);
    if ((u - cx) ** 2 + (v - cy) ** 2 + (w - cz) ** 2 <= region.radius ** 2) active[index] = 1;
  });
  return { labels, active, baseline };
}

function seriesOf(truth: BoldTruth, volumes: number, random: Random): Float32Array {
  const { grid, active, baseline, regressors, autocorrelation: rho, tsnr } = truth;
  const count = baseline.length;
  const perSlice = grid.shape[0] * grid.shape[1];
  const responses = truth.sliceTiming.map((_, slice) =>
    Array.from({ length: volumes }, (_volume, volume) =>
      Object.entries(truth.effects).reduce(
        (sum, [condition, percent]) =>
          sum + (percent / 100) * (regressors[condition]?.[slice]?.[volume] ?? NaN),
        0,
      ),
    ),
  );
  const slow = driftShapes(volumes);
  const weights = slow.map(() => Float64Array.from(baseline, () => DRIFT * random.normal()));
  const state = Float64Array.from(baseline, () => random.normal());
  const innovation = Math.sqrt(1 - rho * rho);
  const data = new Float32Array(count * volumes);
  for (let volume = 0; volume < volumes; volume++) {
    const shapes = slow.map((shape) => shape[volume] ?? NaN);
    for (let voxel = 0; voxel < count; voxel++) {
      const signal = baseline[voxel] as number;
      let value: number;
      if (signal > 0) {
        let relative = 1 + (state[voxel] as number) / tsnr;
        if (active[voxel] === 1) relative += responses[Math.floor(voxel / perSlice)]?.[volume] ?? NaN;
        for (let part = 0; part < shapes.length; part++)
          relative += (shapes[part] as number) * (weights[part]?.[voxel] as number);
        value = signal * relative;
        state[voxel] = rho * (state[voxel] as number) + innovation * random.normal();
      } else value = random.rician(0, GREY / 100);
      data[volume * count + voxel] = Math.round(value);
    }
  }
  return data;
}

/** A line and two cosines of the discrete cosine transform, each between -1 and 1. */
function driftShapes(volumes: number): number[][] {
  const middles = Array.from({ length: volumes }, (_, volume) => (volume + 0.5) / volumes);
  return [
    middles.map((u) => 2 * u - 1),
    middles.map((u) => Math.cos(Math.PI * u)),
    middles.map((u) => Math.cos(2 * Math.PI * u)),
  ];
}
