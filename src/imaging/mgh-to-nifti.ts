import { NeuroClawError } from '../kernel/errors.js';
import { readMgh } from './mgh.js';
import { writeNifti } from './nifti-write.js';

/**
 * Writes an MGH image (.mgh, .mgz) as NIfTI: the same voxels in the same order and type, at the same place in scanner space
 * (mm, RAS+). Throws `input.malformed` for what readMgh refuses, and for an image that has no orientation.
 */
export async function mghToNifti(from: string, to: string): Promise<void> {
  const { header, voxels } = await readMgh(from);
  const [x, y, z, frames] = header.dims;
  if (!header.affine.flat().every(Number.isFinite))
    throw new NeuroClawError('input.malformed', `${from}: its place in space is no number`, {
      place: { file: from },
      expected: 'a finite affine',
    });
  await writeNifti(to, {
    dims: frames === 1 ? [x, y, z] : [x, y, z, frames],
    affine: header.affine,
    datatype: header.type,
    data: voxels,
  });
}
