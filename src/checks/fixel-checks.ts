import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fromFileSystem } from '../kernel/errors.js';
import type { Finding } from '../kernel/findings.js';
import { readMifVoxels } from '../imaging/mif-voxels.js';
import { defineCheck, type Check } from './check.js';
import type { FileFacts } from './file-facts.js';
import { problem } from './problem.js';

/** Checks of folders of images, fixel directories first of all. */
export const fixelChecks: readonly Check[] = [
  defineCheck({
    name: 'folder.images',
    version: 1,
    catches: 'a folder without the files its readers need, or with an image in it that is cut',
    args: z.strictObject({ required: z.array(z.string()).default([]) }),
    run: async ({ path }, { required }, facts) => {
      const names = await filesOf(path);
      const findings = required
        .filter((name) => !names.includes(name))
        .map((name) => problem('folder.images', path, `${name} is missing`, required.join(', ')));
      if (names.length === 0) findings.push(problem('folder.images', path, 'the folder is empty', 'files'));
      for (const name of names.filter(isImage)) await facts.scanMif(join(path, name));
      return { findings, values: { files: names.length } };
    },
  }),
  defineCheck({
    name: 'fixel.directory',
    version: 1,
    catches:
      'a fixel directory whose index, directions and data do not belong together, so that values land in other voxels',
    args: z.strictObject({ min_fixels: z.number().int().min(0).default(1) }),
    run: async ({ path }, { min_fixels }, facts) => {
      const names = await filesOf(path);
      const findings: Finding[] = [];
      const say = (message: string, expected: string, name = ''): void =>
        void findings.push(problem('fixel.directory', join(path, name), message, expected));
      for (const name of ['index.mif', 'directions.mif'])
        if (!names.includes(name)) say(`${name} is missing`, 'index.mif and directions.mif', name);
      if (findings.length > 0) return { findings };
      const fixels = await checkIndex(join(path, 'index.mif'), facts, say);
      if (fixels < min_fixels) say(`${fixels} fixels`, `at least ${min_fixels}`, 'index.mif');
      await checkDirections(join(path, 'directions.mif'), fixels, facts, say);
      for (const name of names.filter(isImage)) {
        if (name === 'index.mif' || name === 'directions.mif') continue;
        const { dims } = await facts.mif(join(path, name));
        if (dims[0] !== fixels || (dims[2] ?? 1) !== 1)
          say(`${dims.join('x')} values for ${fixels} fixels`, `${fixels}xNx1`, name);
        await facts.scanMif(join(path, name));
      }
      return { findings, values: { fixels, files: names.length } };
    },
  }),
];

type Say = (message: string, expected: string, name: string) => void;

/**
 * The index holds for each voxel how many fixels it has and which is the first
 * (https://mrtrix.readthedocs.io/en/3.0.3/fixel_based_analysis/fixel_directory_format.html). Returns their number.
 */
async function checkIndex(path: string, facts: FileFacts, say: Say): Promise<number> {
  const header = await facts.mif(path);
  const [nx = 1, ny = 1, nz = 1, two = 1] = header.dims;
  if (two !== 2) {
    say(`${two} volumes`, 'number and first fixel of each voxel: two volumes', 'index.mif');
    return 0;
  }
  const values = await readMifVoxels(header);
  const voxels = nx * ny * nz;
  const spans: { first: number; count: number }[] = [];
  let fixels = 0;
  for (let voxel = 0; voxel < voxels; voxel += 1) {
    const [count = 0, first = 0] = [values[voxel], values[voxel + voxels]];
    if (count === 0) continue;
    fixels += count;
    spans.push({ first, count });
  }
  spans.sort((a, b) => a.first - b.first);
  let next = 0;
  const gap = spans.find(({ first, count }) => {
    const wrong = first !== next;
    next = first + count;
    return wrong;
  });
  if (gap !== undefined)
    say(
      `the fixels of a voxel begin at ${gap.first}`,
      'each fixel in one voxel, none left over',
      'index.mif',
    );
  return fixels;
}

/** Directions are unit vectors, one row a fixel. */
async function checkDirections(path: string, fixels: number, facts: FileFacts, say: Say): Promise<void> {
  const header = await facts.mif(path);
  const [rows = 0, columns = 0] = header.dims;
  if (rows !== fixels || columns !== 3) {
    say(`${header.dims.join('x')} numbers for ${fixels} fixels`, `${fixels}x3x1`, 'directions.mif');
    return;
  }
  const values = await readMifVoxels(header);
  for (let row = 0; row < rows; row += 1) {
    const length = Math.hypot(...[0, 1, 2].map((column) => values[row + column * rows] ?? NaN));
    if (Math.abs(length - 1) <= 1e-3) continue;
    say(`direction ${row} has length ${length.toFixed(4)}`, 'unit vectors', 'directions.mif');
    return;
  }
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    throw fromFileSystem(error, folder);
  }
}

function isImage(name: string): boolean {
  return name.endsWith('.mif');
}
