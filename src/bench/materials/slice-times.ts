import { join } from 'node:path';
import { z } from 'zod';
import { centredGrid, voxelCount } from '../../synthetic/grids.js';
import { seededRandom } from '../../synthetic/random.js';
import { defineGenerator } from './generator.js';
import { jsonText, writeMap, writeText } from './write-maps.js';

/** How slices are excited one after the other; numbers count from 1 at the first slice of the image. */
const ORDERS = ['ascending', 'descending', 'odd first', 'even first'] as const;
type Order = (typeof ORDERS)[number];

/** The slices of one band in the order of their excitation, counted from 0. */
function excited(order: Order, slices: number): number[] {
  const all = Array.from({ length: slices }, (_, slice) => slice);
  const every = (first: 0 | 1): number[] => all.filter((slice) => slice % 2 === first);
  if (order === 'ascending') return all;
  if (order === 'descending') return all.reverse();
  return order === 'odd first' ? [...every(0), ...every(1)] : [...every(1), ...every(0)];
}

/**
 * Seconds after the start of a volume at which each slice is excited (BIDS, SliceTiming). With several bands, slices of
 * the same place in their band are excited at once.
 */
function sliceTimes(order: Order, slices: number, bands: number, repetitionTimeS: number): number[] {
  const own = slices / bands;
  const turn = excited(order, own);
  return Array.from(
    { length: slices },
    (_, slice) => Math.round((1e6 * repetitionTimeS * turn.indexOf(slice % own)) / own) / 1e6,
  );
}

export const sliceTimesGenerator = defineGenerator({
  id: 'slice-times',
  about:
    'functional series whose sidecars lack the times of their slices, a table of how each was excited, and the sidecars with the times',
  params: z.strictObject({}),
  async make(folders, seed) {
    const random = seededRandom(seed, 'slices');
    const rows = ['participant_id\torder\tbands\n'];
    const protocols = [
      ...ORDERS.map((order) => ({ order, bands: 1 })),
      { order: 'odd first' as const, bands: 2 },
    ];
    for (const [index, { order, bands }] of protocols.entries()) {
      const sub = `sub-0${index + 1}`;
      // Never an odd number of turns, where counting from the other end would be the same order.
      const slices = bands * (6 + 2 * Math.floor(4 * random.uniform()));
      const tr = 1.2 + Math.floor(12 * random.uniform()) / 10 + index / 100;
      const repetitionTimeS = Math.round(tr * 100) / 100;
      const grid = centredGrid([5, 4, slices], [4, 4, 4], 'LAS', 10);
      const data = Float32Array.from({ length: 3 * voxelCount(grid) }, () =>
        Math.round(1000 * random.uniform()),
      );
      const name = `${sub}/func/${sub}_task-rest_bold`;
      const sidecar = {
        TaskName: 'rest',
        RepetitionTime: repetitionTimeS,
        EchoTime: 0.03,
        SliceEncodingDirection: 'k',
      };
      await writeMap(join(folders.in, 'bids', `${name}.nii.gz`), grid, data, 'int16', repetitionTimeS);
      await writeText(join(folders.in, 'bids', `${name}.json`), jsonText(sidecar));
      await writeText(
        join(folders.reference, 'sidecars', `${name}.json`),
        jsonText({ ...sidecar, SliceTiming: sliceTimes(order, slices, bands, repetitionTimeS) }),
      );
      rows.push(`${sub}\t${order}\t${bands}\n`);
    }
    await writeText(
      join(folders.in, 'bids', 'dataset_description.json'),
      jsonText({ Name: 'rest', BIDSVersion: '1.9.0' }),
    );
    await writeText(join(folders.in, 'protocols.tsv'), rows.join(''));
  },
});
