import { writeFileSync } from 'node:fs';
import {
  gridOf,
  readNiftiHeader,
  volumesOf,
  voxelVolumeMl,
  type NiftiHeader,
} from '../../../../imaging/nifti-header.js';
import { writeNifti } from '../../../../imaging/nifti-write.js';
import { readVoxels, streamVoxels } from '../../../../imaging/voxel-stream.js';
import { measureBold, type VolumeReader } from '../measures/bold.js';
import { measureT1w } from '../measures/t1w.js';
import { ToolUsageError, type EmbeddedTool, type ToolIo } from '../tool.js';
import { readFlags } from './flags.js';

/**
 * Image quality measures as JSON:
 * `neuroclaw-measures t1w --image FILE --mask FILE --measures FILE` and
 * `neuroclaw-measures bold --image FILE --measures FILE`.
 */
export const run: EmbeddedTool = async ([, what, ...args], io) => {
  const flags = readFlags(args, { '--image': 'value', '--mask': 'value', '--measures': 'value' });
  const header = await readNiftiHeader(io.readPath(flags.required('--image')));
  const write = (measures: object): void =>
    writeFileSync(io.writePath(flags.required('--measures')), `${JSON.stringify(measures, steady, 1)}\n`);
  switch (what) {
    case 't1w':
      return t1w(header, io.writePath(flags.required('--mask')), write, io);
    case 'bold':
      return bold(header, write, io);
    default:
      throw new ToolUsageError(`there are no measures of ${what ?? 'nothing'}; t1w and bold are known`);
  }
};

type Write = (measures: object) => void;

async function t1w(header: NiftiHeader, maskPath: string, write: Write, io: ToolIo): Promise<number> {
  if (volumesOf(header) !== 1) throw new ToolUsageError('a T1w image has one volume');
  const { shape, affine } = gridOf(header);
  const image = await readVoxels(header);
  refuseNonFinite(image);
  const result = measureT1w(image, shape, voxelVolumeMl(header));
  if (result === undefined) return allEqual(io);
  if (result.measures.snr_dietrich === null) {
    io.printError(
      'no noise around the head: snr_dietrich and fber are null (defaced, cropped or masked image?)',
    );
  }
  await writeNifti(maskPath, { dims: shape, affine, datatype: 'uint8', data: result.mask });
  write(result.measures);
  return 0;
}

async function bold(header: NiftiHeader, write: Write, io: ToolIo): Promise<number> {
  const volumes = volumesOf(header);
  if (volumes < 3) throw new ToolUsageError(`a time series of ${volumes} volumes is too short`);
  const measures = await measureBold(volumeReader(header), gridOf(header).shape, volumes);
  if (measures === undefined) return allEqual(io);
  write(measures);
  return 0;
}

function allEqual(io: ToolIo): number {
  io.printError('all voxels are equal: there is nothing to measure');
  return 1;
}

function volumeReader(header: NiftiHeader): VolumeReader {
  const { shape } = gridOf(header);
  const volume = new Float64Array(shape[0] * shape[1] * shape[2]);
  return (onVolume) =>
    streamVoxels(header, (values, firstIndex) => {
      refuseNonFinite(values);
      for (let from = 0; from < values.length;) {
        const at = (firstIndex + from) % volume.length;
        const count = Math.min(volume.length - at, values.length - from);
        volume.set(values.subarray(from, from + count), at);
        from += count;
        if (at + count === volume.length)
          onVolume(volume, Math.floor((firstIndex + from) / volume.length) - 1);
      }
    });
}

function refuseNonFinite(values: Float64Array): void {
  if (!values.every(Number.isFinite)) throw new Error('the image holds NaN or infinite voxels');
}

/** Twelve digits: the last ones of a sum of millions tell nothing. */
function steady(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(12)) : value;
}
