import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeNifti } from '../../imaging/nifti-write.js';
import { centredGrid } from '../../synthetic/grids.js';
import { seededRandom } from '../../synthetic/random.js';
import { defineGenerator } from './generator.js';
import { tsv } from './series.js';

type Voxel = readonly [number, number, number];
const SHAPE = [48, 40, 36] as const;
const VOXEL = [2, 2.5, 3] as const;
/** Sides of the cell that a lesion has to itself, in voxels: nothing of one touches another. */
const CELL = 12;

/** What is in a cell, with offsets from its corner. Sizes are drawn; the kinds are what the measures must tell apart. */
const kinds = ['hit', 'hit-with-edge', 'hit-with-corner', 'missed', 'missed-with-edge', 'false'] as const;
type Kind = (typeof kinds)[number];

/**
 * Reference and prediction of a case whose false volumes are known by construction. A false piece that shares an edge
 * with a piece that hits belongs to it by 18 neighbours and not by 6; one that shares a corner alone does by 26 and not
 * by 18.
 */
export const lesionMasksGenerator = defineGenerator({
  id: 'lesion-masks',
  about:
    'masks of lesions and predictions of them whose Dice and false volumes are known by how they were put together',
  params: z.strictObject({ cases: z.int().min(1).max(9).default(3) }),
  async make(folders, seed, { cases }) {
    const grid = centredGrid(SHAPE, VOXEL, 'RAS');
    const voxelMl = (VOXEL[0] * VOXEL[1] * VOXEL[2]) / 1000;
    await mkdir(folders.reference, { recursive: true });
    const rows: (string | number)[][] = [];
    for (let index = 1; index <= cases; index++) {
      const id = `case-${String(index).padStart(2, '0')}`;
      // The last case has no lesion at all: what is not defined there must not be made up.
      const truth = lesions(seed, id, index === cases && cases > 1);
      await mkdir(join(folders.in, id), { recursive: true });
      for (const [name, data] of [
        ['reference', truth.reference],
        ['prediction', truth.prediction],
      ] as const)
        await writeNifti(join(folders.in, id, `${name}.nii.gz`), {
          dims: SHAPE,
          affine: grid.affine,
          datatype: 'uint8',
          data,
        });
      const sum = (data: Uint8Array): number => data.reduce((total, value) => total + value, 0);
      const both = truth.reference.reduce(
        (total, value, at) => total + value * (truth.prediction[at] as number),
        0,
      );
      const empty = sum(truth.reference) === 0;
      rows.push([
        id,
        empty ? NaN : (2 * both) / (sum(truth.reference) + sum(truth.prediction)),
        truth.falsePositive * voxelMl,
        empty ? NaN : truth.falseNegative * voxelMl,
      ]);
    }
    await writeFile(join(folders.reference, 'metrics.tsv'), tsv(['case', 'dsc', 'fpv_ml', 'fnv_ml'], rows));
  },
});

function lesions(
  seed: number,
  id: string,
  healthy: boolean,
): { reference: Uint8Array; prediction: Uint8Array; falsePositive: number; falseNegative: number } {
  const random = seededRandom(seed, 'lesion-masks', id);
  const size = SHAPE[0] * SHAPE[1] * SHAPE[2];
  const [reference, prediction] = [new Uint8Array(size), new Uint8Array(size)];
  const fill = (data: Uint8Array, [x, y, z]: Voxel, [a, b, c]: Voxel): number => {
    for (let k = z; k < z + c; k++)
      for (let j = y; j < y + b; j++)
        for (let i = x; i < x + a; i++) data[i + SHAPE[0] * (j + SHAPE[1] * k)] = 1;
    return a * b * c;
  };
  const side = (): number => 2 + Math.floor(2 * random.uniform());
  let [falsePositive, falseNegative] = [0, 0];
  const put = (kind: Kind, [x, y, z]: Voxel): void => {
    const box: Voxel = [side(), side(), side()];
    const more: Voxel = [side(), side(), side()];
    const at: Voxel = [x + 1, y + 1, z + 1];
    const edge: Voxel = [at[0] + box[0], at[1] + box[1], at[2]];
    const corner: Voxel = [at[0] + box[0], at[1] + box[1], at[2] + box[2]];
    if (kind === 'hit' || kind === 'hit-with-edge' || kind === 'hit-with-corner') {
      fill(reference, at, box);
      fill(prediction, [at[0] + 1, at[1], at[2]], [box[0] - 1, box[1], box[2]]);
      if (kind === 'hit-with-edge') fill(prediction, edge, more);
      if (kind === 'hit-with-corner') falsePositive += fill(prediction, corner, more);
    } else if (kind === 'false') falsePositive += fill(prediction, at, box);
    else {
      falseNegative += fill(reference, at, box);
      if (kind === 'missed-with-edge') {
        // The missed piece hangs on one that is found, by an edge: it is no lesion of its own.
        falseNegative -= box[0] * box[1] * box[2];
        fill(reference, edge, more);
        fill(prediction, edge, more);
      }
    }
  };
  const cells: Voxel[] = [];
  for (let z = 0; z + CELL <= SHAPE[2]; z += CELL)
    for (let y = 0; y + CELL <= SHAPE[1]; y += CELL)
      for (let x = 0; x + CELL <= SHAPE[0]; x += CELL) cells.push([x, y, z]);
  for (let last = cells.length - 1; last > 0; last--) {
    const other = Math.floor(random.uniform() * (last + 1));
    [cells[last], cells[other]] = [cells[other] as Voxel, cells[last] as Voxel];
  }
  const chosen = healthy ? (['false', 'false'] as const) : ([...kinds, 'hit', 'missed', 'false'] as const);
  for (const [index, kind] of chosen.entries()) put(kind, cells[index] as Voxel);
  return { reference, prediction, falsePositive, falseNegative };
}
