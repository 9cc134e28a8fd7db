import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invertAffine } from '../../imaging/affine.js';
import { fslToWorld, parseFslMatrix } from '../../imaging/fsl-matrix.js';
import { gridOf, readNiftiHeader, volumesOf, type NiftiHeader } from '../../imaging/nifti-header.js';
import { writeNifti } from '../../imaging/nifti-write.js';
import { centreOf, rigidMotionOf } from '../../imaging/rigid-motion.js';
import { readVoxels } from '../../imaging/voxel-stream.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { Adapter } from './adapter.js';

const columns = ['trans_x', 'trans_y', 'trans_z', 'rot_x', 'rot_y', 'rot_z'];

/**
 * Puts the motion that MCFLIRT found into the convention of `motion-correction`, from its matrices: they map each volume to
 * the reference in coordinates of FSL, the table says how the head went from the reference to the volume in scanner space. And
 * writes the volume that the others were moved to: the middle one (number of volumes over 2, rounded down) or the one named.
 *
 * Without six degrees of freedom there is no such motion, and without a volume of the run as reference no such volume:
 * then they are not written.
 */
export const mcflirtMotion: Adapter = {
  async finish({ folder, params, inputs }) {
    const bold = inputs.find(({ toolPath }) => toolPath.startsWith('/in/bold/'));
    if (bold === undefined) throw new NeuroClawError('internal.bug', 'mcflirt was started without bold');
    const header = await readNiftiHeader(bold.hostPath);
    if ((params['dof'] ?? 6) === 6) await writeMotion(folder, header);
    const reference = inputs.some(({ toolPath }) => toolPath.startsWith('/in/reference/'));
    if (reference || params['mean_volume'] === true) return;
    const named = params['reference_volume'];
    const at = typeof named === 'number' ? named : Math.floor(volumesOf(header) / 2);
    const { shape, affine } = gridOf(header);
    await writeNifti(join(folder, 'out', 'reference.nii.gz'), {
      dims: shape,
      affine,
      datatype: 'float32',
      data: await readVoxels(header, at),
    });
  },
};

async function writeMotion(folder: string, header: NiftiHeader): Promise<void> {
  const matrices = join(folder, 'out', 'corrected.mat');
  const names = (await readdir(matrices)).filter((name) => /^MAT_\d+$/.test(name)).sort();
  // What is not one matrix a volume is told by the checks of the outputs.
  if (names.length !== volumesOf(header)) return;
  const grid = gridOf(header);
  const centre = centreOf(grid);
  const rows: string[] = [columns.join('\t')];
  for (const name of names) {
    const matrix = parseFslMatrix(await readFile(join(matrices, name), 'utf8'));
    if (matrix === undefined) return;
    const motion = rigidMotionOf(invertAffine(fslToWorld(matrix, grid, grid)), centre);
    // To a nanometre the reference stands still at 0 and not at what rounding leaves.
    rows.push(motion.map((value) => String(Math.round(value * 1e6) / 1e6 + 0)).join('\t'));
  }
  await writeFile(join(folder, 'out', 'motion.tsv'), `${rows.join('\n')}\n`);
}
