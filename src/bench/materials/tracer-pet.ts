import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeNifti } from '../../imaging/nifti-write.js';
import { centredGrid, forEachVoxel, voxelCount } from '../../synthetic/grids.js';
import { seededRandom } from '../../synthetic/random.js';
import { defineGenerator } from './generator.js';
import { tsv } from './series.js';

/** Regions of a brain of ellipsoids: label, name, centre and radius (mm, RAS), specific uptake over the reference. */
const regions = [
  { label: 3, name: 'cerebellum', centre: [0, -40, -28], radius: 20, gain: 1 },
  { label: 8, name: 'striatum-left', centre: [-16, 8, 4], radius: 14, gain: 2.6 },
  { label: 9, name: 'striatum-right', centre: [16, 8, 4], radius: 14, gain: 2.1 },
  { label: 14, name: 'frontal', centre: [0, 44, 14], radius: 16, gain: 1.3 },
  { label: 21, name: 'occipital', centre: [4, -56, 12], radius: 15, gain: 1.15 },
] as const;

/** Seconds of each frame: short at first, long at the end, as dynamic scans are cut. */
const durations = [30, 30, 60, 60, 120, 300, 600, 600, 300, 300, 600, 1200] as const;
/** Seconds: mean uptake is taken from here to there. */
const WINDOW_S = [2400, 4200] as const;
const SHAPE = [24, 30, 20] as const;

export const tracerPetGenerator = defineGenerator({
  id: 'tracer-pet',
  about: 'a dynamic PET of a brain with frames of unequal length; its time-activity curves and uptake ratios',
  params: z.strictObject({}),
  async make(folders, seed) {
    const random = seededRandom(seed, 'tracer-pet');
    const grid = centredGrid(SHAPE, [6, 6, 5], 'LAS', 8);
    const count = voxelCount(grid);
    const starts = durations.map((_, index) =>
      durations.slice(0, index).reduce<number>((sum, d) => sum + d, 0),
    );
    const gains = regions.map(({ gain }) => gain * (0.85 + 0.3 * random.uniform()));
    const labels = new Uint8Array(count);
    const brain = new Uint8Array(count);
    forEachVoxel(grid, (index, x, y, z) => {
      if ((x / 60) ** 2 + (y / 78) ** 2 + (z / 50) ** 2 <= 1) brain[index] = 1;
      const region = regions.find(
        ({ centre, radius }) => Math.hypot(x - centre[0], y - centre[1], z - centre[2]) <= radius,
      );
      if (region !== undefined) labels[index] = region.label;
    });
    const data = new Float32Array(count * durations.length);
    for (const [frame, duration] of durations.entries()) {
      const middle = ((starts[frame] as number) + duration / 2) / 60;
      for (let index = 0; index < count; index++) {
        const region = regions.findIndex(({ label }) => label === labels[index]);
        const gain = region < 0 ? 1.1 : (gains[region] as number);
        // Flow first, binding later (Bq/mL); noise falls with the length of the frame.
        const uptake =
          6000 * (1 - Math.exp(-middle / 1.5)) * Math.exp(-middle / 25) +
          5000 * (gain - 0.4) * (1 - Math.exp(-middle / (8 * gain))) * Math.exp(-middle / 220);
        const level = brain[index] === 1 ? uptake : 60;
        data[frame * count + index] = Math.fround(
          level * (1 + (0.6 * random.normal()) / Math.sqrt(duration)),
        );
      }
    }
    const folder = join(folders.in, 'sub-01', 'pet');
    await mkdir(folder, { recursive: true });
    await mkdir(folders.reference, { recursive: true });
    const stem = join(folder, 'sub-01_pet');
    await writeNifti(`${stem}.nii.gz`, {
      dims: [...SHAPE, durations.length],
      affine: grid.affine,
      datatype: 'float32',
      data,
    });
    await writeFile(
      `${stem}.json`,
      `${JSON.stringify({ Units: 'Bq/mL', TimeZero: '10:00:00', ScanStart: 0, InjectionStart: 0, FrameTimesStart: starts, FrameDuration: durations, ImageDecayCorrected: true, ImageDecayCorrectionTime: 0 })}\n`,
    );
    await writeNifti(join(folders.in, 'regions.nii.gz'), {
      dims: SHAPE,
      affine: grid.affine,
      datatype: 'uint8',
      data: labels,
    });
    await writeFile(
      join(folders.in, 'regions.tsv'),
      tsv(
        ['index', 'name'],
        regions.map(({ label, name }) => [label, name]),
      ),
    );
    const meanIn = (label: number, frame: number): number => {
      let [sum, voxels] = [0, 0];
      for (let index = 0; index < count; index++)
        if (labels[index] === label) {
          sum += data[frame * count + index] as number;
          voxels += 1;
        }
      return sum / voxels;
    };
    const curves = regions.map(({ label }) => durations.map((_, frame) => meanIn(label, frame)));
    await writeFile(
      join(folders.reference, 'tac.tsv'),
      tsv(
        ['frame_mid', ...regions.map(({ name }) => name)],
        durations.map((duration, frame) => [
          ((starts[frame] as number) + duration / 2) / 60,
          ...curves.map((curve) => (curve[frame] as number) / 1000),
        ]),
      ),
    );
    const frames = durations.flatMap((duration, frame) =>
      (starts[frame] as number) >= WINDOW_S[0] && (starts[frame] as number) + duration <= WINDOW_S[1]
        ? [frame]
        : [],
    );
    const seconds = frames.reduce((sum, frame) => sum + (durations[frame] as number), 0);
    const late = curves.map((curve) =>
      frames.reduce(
        (sum, frame) => sum + ((curve[frame] as number) * (durations[frame] as number)) / seconds,
        0,
      ),
    );
    await writeFile(
      join(folders.reference, 'suvr.tsv'),
      tsv(
        ['name', 'suvr'],
        regions.map(({ name }, index) => [name, (late[index] as number) / (late[0] as number)]),
      ),
    );
  },
});
