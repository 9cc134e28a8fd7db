import { readFile } from 'node:fs/promises';
import { fromFileSystem, NeuroClawError } from '../kernel/errors.js';
import { parseFreesurferStats, type FreesurferStats } from './freesurfer-stats.js';

/** Numbers of a reconstruction that tell whether it went well. `null`: this version of FreeSurfer does not write it. */
export interface ReconstructionMeasures {
  /** Estimated total intracranial volume, mL. */
  readonly intracranial_ml: number | null;
  /** Brain without ventricles where FreeSurfer says so, mL. */
  readonly brain_ml: number | null;
  readonly cortex_ml: number | null;
  readonly hippocampus_left_ml: number | null;
  readonly hippocampus_right_ml: number | null;
  /** Mean over the cortex, mm. */
  readonly thickness_left_mm: number | null;
  readonly thickness_right_mm: number | null;
  /** (right - left) / mean of both, percent. */
  readonly thickness_asymmetry_percent: number | null;
  /** Holes of the first surfaces that had to be mended: many are a sign of movement (Rosen et al. 2018). */
  readonly surface_holes: number | null;
  /** Mean Euler number of the first surfaces, 2 - 2 holes of a hemisphere. */
  readonly euler_mean: number | null;
}

/**
 * Reads measures from `stats/aseg.stats` and `stats/?h.aparc.stats` of a subject folder.
 *
 * Euler number of a closed surface with h handles or holes: 2 - 2h (Dale et al. 1999, doi:10.1006/nimg.1998.0395); as a
 * measure of quality: Rosen et al. 2018, doi:10.1016/j.neuroimage.2017.12.059. Throws input errors of the files.
 *
 * @param at where a file of the subject folder lies, by its name in it
 */
export async function measureReconstruction(at: (name: string) => string): Promise<ReconstructionMeasures> {
  const aseg = await readStats(at('stats/aseg.stats'));
  const [left, right] = [
    await readStats(at('stats/lh.aparc.stats')),
    await readStats(at('stats/rh.aparc.stats')),
  ];
  for (const [stats, hemisphere] of [
    [left, 'lh'],
    [right, 'rh'],
  ] as const)
    if (stats.hemisphere !== undefined && stats.hemisphere !== hemisphere)
      throw new NeuroClawError('input.malformed', `${hemisphere}.aparc.stats is of ${stats.hemisphere}`, {
        place: { file: at(`stats/${hemisphere}.aparc.stats`) },
        expected: hemisphere,
      });
  const [thickLeft, thickRight] = [measure(left, 'MeanThickness'), measure(right, 'MeanThickness')];
  const holes = measure(aseg, 'SurfaceHoles');
  return {
    intracranial_ml: ml(measure(aseg, 'eTIV')),
    brain_ml: ml(measure(aseg, 'BrainSegVolNotVent') ?? measure(aseg, 'BrainSegVol')),
    cortex_ml: ml(measure(aseg, 'CortexVol')),
    hippocampus_left_ml: ml(volume(aseg, 'Left-Hippocampus')),
    hippocampus_right_ml: ml(volume(aseg, 'Right-Hippocampus')),
    thickness_left_mm: thickLeft,
    thickness_right_mm: thickRight,
    thickness_asymmetry_percent:
      thickLeft === null || thickRight === null
        ? null
        : (200 * (thickRight - thickLeft)) / (thickRight + thickLeft),
    surface_holes: holes,
    euler_mean: holes === null ? null : 2 - holes,
  };
}

async function readStats(file: string): Promise<FreesurferStats> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fromFileSystem(error, file);
  }
  return parseFreesurferStats(text, file);
}

function measure({ measures }: FreesurferStats, field: string): number | null {
  return measures.find((one) => one.field === field)?.value ?? null;
}

function volume({ rows }: FreesurferStats, structure: string): number | null {
  return rows.find((row) => row.structure === structure)?.values['Volume_mm3'] ?? null;
}

/** mm3 to mL. */
function ml(mm3: number | null): number | null {
  return mm3 === null ? null : mm3 / 1000;
}
