import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseTsv } from '../../../../bids/tsv.js';
import { desikanKilliany } from '../../../../imaging/desikan-killiany.js';
import { measureReconstruction } from '../../../../imaging/freesurfer-subject.js';
import { mghToNifti } from '../../../../imaging/mgh-to-nifti.js';
import { mifGradients } from '../../../../imaging/mif-gradients.js';
import { readMifHeader } from '../../../../imaging/mif-header.js';
import { gridOf, readNiftiHeader } from '../../../../imaging/nifti-header.js';
import { writeNifti } from '../../../../imaging/nifti-write.js';
import { scanTracts } from '../../../../imaging/scan-tracts.js';
import { readVoxels } from '../../../../imaging/voxel-stream.js';
import { sampler } from '../pictures/volume.js';
import { otsuThreshold } from '../measures/otsu.js';
import { measureAnatomy } from '../quality/anatomical.js';
import { measureConnectome, regionNames } from '../quality/connectome.js';
import { measureDiffusion } from '../quality/diffusion.js';
import { middleClass } from '../quality/grey-matter.js';
import { loadImage, loadOn } from '../quality/load-image.js';
import { measureMap } from '../quality/map.js';
import { overlapOf } from '../quality/overlap.js';
import { correlation, mean, percentile } from '../quality/statistics.js';
import { ToolUsageError, type EmbeddedTool, type ToolIo } from '../tool.js';
import { readFlags, type Flags } from './flags.js';

const flagsOf: Readonly<Record<string, readonly string[]>> = {
  anatomical: ['--image', '--segmentation', '--bias-field', '--measures'],
  diffusion: ['--dwi', '--mask', '--measures', '--volumes', '--deviations'],
  map: ['--image', '--mask', '--measures'],
  tractogram: ['--tracks', '--measures'],
  alignment: ['--mask', '--series', '--aligned', '--measures'],
  registration: ['--fixed', '--moved', '--fixed-grey', '--measures'],
  lookup: ['--lut-in', '--lut-out', '--labels', '--measures'],
  reconstruction: ['--subject', '--t1', '--ribbon', '--parcellation', '--measures'],
  connectome: ['--matrix', '--assignments', '--labels', '--table', '--measures'],
};

type Measure = (flags: Flags, io: ToolIo) => Promise<object>;

/** Measures of what pipelines make: `neuroclaw-quality KIND --… FILE --measures FILE`; all write JSON. */
export const run: EmbeddedTool = async ([, kind = '', ...args], io) => {
  const names = Object.hasOwn(flagsOf, kind) ? flagsOf[kind] : undefined;
  if (names === undefined)
    throw new ToolUsageError(
      `there are no measures of ${kind || 'nothing'}; known are ${Object.keys(flagsOf).join(', ')}`,
    );
  const flags = readFlags(args, Object.fromEntries(names.map((name) => [name, 'value'])));
  const measures = await (kinds[kind] as Measure)(flags, io);
  const file = io.writePath(flags.required('--measures'));
  writeFileSync(file, `${JSON.stringify(measures, steady, 1)}\n`);
  return 0;
};

const kinds: Readonly<Record<string, Measure>> = {
  anatomical,
  diffusion,
  map,
  tractogram,
  alignment,
  registration,
  lookup,
  reconstruction,
  connectome,
};

async function anatomical(flags: Flags, io: ToolIo): Promise<object> {
  const image = await loadImage(io.readPath(flags.required('--image')));
  const labels = await loadOn(image, io.readPath(flags.required('--segmentation')), 'image and segmentation');
  const field = flags.optional('--bias-field');
  const bias =
    field === undefined ? undefined : await loadOn(image, io.readPath(field), 'image and bias field');
  const measures = measureAnatomy(image.data, labels.data, image.grid.shape, image.voxelMl, bias?.data);
  if (measures === undefined) throw new ToolUsageError('all voxels are equal: there is nothing to measure');
  if (measures['qi1'] === null)
    io.printError(
      'no noise around the head: measures of the air are null (defaced, cropped or masked image?)',
    );
  return measures;
}

async function diffusion(flags: Flags, io: ToolIo): Promise<object> {
  const path = io.readPath(flags.required('--dwi'));
  const gradients = mifGradients(await readMifHeader(path));
  if (gradients === undefined || gradients.findings.length > 0)
    throw new ToolUsageError('the image holds no sound table of gradients');
  const series = await loadImage(path);
  const mask = await loadOn(series, io.readPath(flags.required('--mask')), 'series and mask');
  const { measures, rows } = measureDiffusion(
    series.data,
    series.grid.shape,
    gradients.bvals,
    mask.data,
    series.voxelMl,
  );
  if (measures.mask_voxels === 0) throw new ToolUsageError('the mask is empty');
  const names = ['volume', 'bval', 'signal', 'deviation', 'outlier_slices'] as const;
  const lines = rows.map((row) => names.map((name) => Number(row[name].toPrecision(9))).join('\t'));
  writeFileSync(io.writePath(flags.required('--volumes')), [names.join('\t'), ...lines, ''].join('\n'));
  const curve = rows.map(({ volume, deviation }) => `${volume}\t${Number(deviation.toPrecision(9))}`);
  writeFileSync(
    io.writePath(flags.required('--deviations')),
    ['volume\tlowest_slice', ...curve, ''].join('\n'),
  );
  return measures;
}

async function map(flags: Flags, io: ToolIo): Promise<object> {
  const image = await loadImage(io.readPath(flags.required('--image')));
  const mask = await loadOn(image, io.readPath(flags.required('--mask')), 'map and mask');
  const measures = measureMap(image.data, mask.data, image.voxelMl);
  if (measures === undefined) throw new ToolUsageError('the mask is empty');
  return measures;
}

/** Tables that turn labels of FreeSurfer into the regions of a connectome, numbered from 1. */
function lookup(flags: Flags, io: ToolIo): Promise<object> {
  const write = (flag: string, lines: readonly string[]): void =>
    writeFileSync(io.writePath(flags.required(flag)), `${lines.join('\n')}\n`);
  write(
    '--lut-in',
    desikanKilliany.map(({ label, name }) => `${label} ${name}`),
  );
  write(
    '--lut-out',
    desikanKilliany.map(({ name }, index) => `${index + 1} ${name}`),
  );
  write('--labels', ['index\tname', ...desikanKilliany.map(({ name }, index) => `${index + 1}\t${name}`)]);
  return Promise.resolve({ regions: desikanKilliany.length });
}

/** Numbers of a subject folder of FreeSurfer, and its images as NIfTI for pictures and for other tools. */
async function reconstruction(flags: Flags, io: ToolIo): Promise<object> {
  const subject = flags.required('--subject');
  const at = (name: string): string => io.readPath(`${subject}/${name}`);
  for (const [flag, name] of [
    ['--t1', 'T1'],
    ['--ribbon', 'ribbon'],
    ['--parcellation', 'aparc+aseg'],
  ] as const) {
    const target = flags.optional(flag);
    if (target !== undefined) await mghToNifti(at(`mri/${name}.mgz`), io.writePath(target));
  }
  return measureReconstruction(at);
}

async function tractogram(flags: Flags, io: ToolIo): Promise<object> {
  const { streamlines, points, lengths } = await scanTracts(io.readPath(flags.required('--tracks')));
  if (streamlines === 0) throw new ToolUsageError('there is no streamline');
  const values = Float64Array.from(lengths);
  return {
    streamlines,
    points,
    length_mean_mm: mean(values),
    length_median_mm: percentile(values, 50),
    length_p5_mm: percentile(values, 5),
    length_p95_mm: percentile(values, 95),
  };
}

async function alignment(flags: Flags, io: ToolIo): Promise<object> {
  const series = await loadImage(io.readPath(flags.required('--series')));
  const mask = await loadOn(series, io.readPath(flags.required('--mask')), 'series and mask');
  const { shape, affine } = series.grid;
  const average = new Float64Array(mask.data.length);
  for (const [at, value] of series.data.entries()) {
    const voxel = at % average.length;
    average[voxel] = (average[voxel] as number) + value / series.volumes;
  }
  const threshold = otsuThreshold(average) ?? Infinity;
  const signal = average.map((value) => (value > threshold ? 1 : 0));
  const overlap = overlapOf(signal, mask.data, shape, affine);
  if (overlap === undefined) throw new ToolUsageError('the mask is empty, or all voxels are equal');
  await writeNifti(io.writePath(flags.required('--aligned')), {
    dims: shape,
    affine,
    datatype: 'uint8',
    data: mask.data.map((value) => (value > 0 ? 1 : 0)),
  });
  return overlap;
}

async function registration(flags: Flags, io: ToolIo): Promise<object> {
  const fixed = await loadImage(io.readPath(flags.required('--fixed')));
  const moved = await loadOn(fixed, io.readPath(flags.required('--moved')), 'template and brain');
  const { shape, affine } = fixed.grid;
  const overlap = overlapOf(fixed.data, moved.data, shape, affine);
  if (overlap === undefined) throw new ToolUsageError('an image is empty');
  const both = [...fixed.data.keys()].filter(
    (at) => (fixed.data[at] as number) > 0 && (moved.data[at] as number) > 0,
  );
  const of = (data: Float64Array): Float64Array => Float64Array.from(both, (at) => data[at] as number);
  const path = flags.optional('--fixed-grey');
  return {
    dice_brain: overlap.dice,
    correlation: correlation(of(fixed.data), of(moved.data)),
    dice_grey: path === undefined ? null : await greyOverlap(io.readPath(path), moved.data, fixed.grid),
    voxels: overlap.second_voxels,
    brain_ml: overlap.second_voxels * fixed.voxelMl,
  };
}

/** Overlap of the middle class of brightness of a brain with the grey matter (above 0.5) of the template. */
async function greyOverlap(
  path: string,
  brain: Float64Array,
  { shape, affine }: Awaited<ReturnType<typeof loadImage>>['grid'],
): Promise<number | null> {
  const header = await readNiftiHeader(path);
  const at = sampler({ ...gridOf(header), data: await readVoxels(header) }, 'linear');
  const template = new Float64Array(brain.length);
  const [a, b, c] = affine;
  for (let index = 0, k = 0; k < shape[2]; k++)
    for (let j = 0; j < shape[1]; j++)
      for (let i = 0; i < shape[0]; i++, index++) {
        const value = at(
          a[0] * i + a[1] * j + a[2] * k + a[3],
          b[0] * i + b[1] * j + b[2] * k + b[3],
          c[0] * i + c[1] * j + c[2] * k + c[3],
        );
        template[index] = value > 0.5 ? 1 : 0;
      }
  const grey = middleClass(brain, brain);
  return grey === undefined ? null : (overlapOf(template, grey, shape, affine)?.dice ?? null);
}

async function connectome(flags: Flags, io: ToolIo): Promise<object> {
  const matrix = await numbersOf(io.readPath(flags.required('--matrix')));
  const assignments = await numbersOf(io.readPath(flags.required('--assignments')));
  if (matrix.some((row) => row.length !== matrix.length))
    throw new ToolUsageError('the matrix is not square');
  const labels = flags.optional('--labels');
  const names =
    labels === undefined
      ? matrix.map((_, at) => `region-${at + 1}`)
      : regionNames(await rowsOf(io.readPath(labels)), matrix.length);
  const lines = matrix.map((row, at) => [names[at], ...row].join('\t'));
  const table = [['region', ...names].join('\t'), ...lines, ''].join('\n');
  writeFileSync(io.writePath(flags.required('--table')), table);
  return measureConnectome(matrix, assignments);
}

/** Rows of numbers between blanks or commas; lines that begin with # are notes. */
async function numbersOf(path: string): Promise<number[][]> {
  const lines = (await readFile(path, 'utf8')).split(/\r?\n/);
  return lines
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const row = line
        .trim()
        .split(/[\s,]+/)
        .map(Number);
      if (!row.every(Number.isFinite))
        throw new ToolUsageError(`${JSON.stringify(line.slice(0, 60))} is no row of numbers`);
      return row;
    });
}

async function rowsOf(path: string): Promise<readonly Readonly<Record<string, string>>[]> {
  const { rows, findings } = parseTsv(await readFile(path, 'utf8'), { file: path });
  const [first] = findings;
  if (first !== undefined) throw new ToolUsageError(`the table of labels: ${first.message}`);
  return rows;
}

/** Twelve digits: the last ones of a sum of millions tell nothing. */
function steady(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(12)) : value;
}
