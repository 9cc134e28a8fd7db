"""Diffusion series with their gradients, in one frame.

A .bvec table of FSL lies along the voxel axes, with x turned round where the affine is right-handed (positive
determinant). Here directions leave that frame at once: they are turned into the scanner's (RAS+), tensors and
orientation functions are fitted there, and every direction that a skill writes is in it, as MRtrix3 writes them.
"""

import nibabel as nib
import numpy as np
from skill_io import fail, load, same_grid

B0_MAX = 50.0


def read_numbers(path, rows):
    try:
        table = np.atleast_2d(np.loadtxt(path))
    except (OSError, ValueError) as error:
        fail(f"{path}: not a table of numbers: {error}")
    if table.shape[0] != rows and table.shape[1] == rows:
        table = table.T
    if table.shape[0] != rows:
        fail(f"{path}: {table.shape[0]} rows of {table.shape[1]} numbers, expected {rows} rows")
    return table


def rotation(affine):
    """Voxel axes as unit vectors of the scanner's frame: the columns."""
    return affine[:3, :3] / nib.affines.voxel_sizes(affine)


def scanner_directions(bvecs, affine):
    """FSL's directions, shape (n, 3), in the scanner's frame (RAS+)."""
    along_axes = np.array(bvecs, float)
    if np.linalg.det(affine[:3, :3]) > 0:
        along_axes[:, 0] *= -1
    return along_axes @ rotation(affine).T


def load_dwi(image_path, bval_path, bvec_path, mask_path=None):
    """Returns image, data (x, y, z, n), b-values (s/mm2), directions in the scanner's frame (n, 3; zero at b=0) and
    the mask (booleans; the whole grid without one). Fails where they do not belong together."""
    image = load(image_path, 4)
    bvals, bvecs = read_numbers(bval_path, 1)[0], read_numbers(bvec_path, 3).T
    volumes = image.shape[3]
    if len(bvals) != volumes or len(bvecs) != volumes:
        fail(f"{volumes} volumes, {len(bvals)} b-values and {len(bvecs)} directions: expected one each per volume")
    if not (bvals >= 0).all():
        fail(f"{bval_path}: a b-value that is negative or no number, expected s/mm2")
    weighted = bvals > B0_MAX
    # Some writers put NaN where there is no direction; elsewhere it is a fault.
    bvecs[~weighted] = 0
    if not np.isfinite(bvecs).all():
        fail(f"{bvec_path}: a direction with b above {B0_MAX:g} s/mm2 is no number")
    if weighted.all() or not weighted.any():
        fail(f"{bval_path}: expected volumes with b=0 and with b above {B0_MAX:g} s/mm2, in one series")
    norms = np.linalg.norm(bvecs, axis=1)
    if np.abs(norms[weighted] - 1).max() > 0.05:
        fail(f"{bvec_path}: a direction of length {norms[weighted][np.abs(norms[weighted] - 1).argmax()]:.3g}, expected 1")
    bvecs[weighted] /= norms[weighted, None]
    mask = np.ones(image.shape[:3], bool)
    if mask_path is not None:
        mask_image = load(mask_path, 3)
        same_grid(image, mask_image, "diffusion series and mask")
        mask = np.asanyarray(mask_image.dataobj) > 0
        if not mask.any():
            fail(f"{mask_path}: the mask is empty")
    return image, image.get_fdata(dtype=np.float32), bvals, scanner_directions(bvecs, image.affine), mask


def gradient_table(bvals, directions):
    from dipy.core.gradients import gradient_table as table

    return table(bvals, bvecs=directions, b0_threshold=B0_MAX)


def shells_of(bvals):
    """Shells above b=0 with their number of directions: values closer than 100 s/mm2 are one shell."""
    shells = []
    for value in np.sort(bvals[bvals > B0_MAX]):
        if shells and value - shells[-1][-1] < 100:
            shells[-1].append(value)
        else:
            shells.append([value])
    return [{"b": float(np.mean(shell)), "directions": len(shell)} for shell in shells]


def peak_volumes(peaks, mask, number):
    """Peaks as 3 x `number` volumes: unit directions of the scanner's frame times the peak's share of the largest."""
    directions = peaks.peak_dirs[..., :number, :]
    shares = np.clip(peaks.peak_values[..., :number], 0, None)
    top = shares[..., :1]
    shares = np.divide(shares, top, out=np.zeros_like(shares), where=top > 0)
    volumes = (directions * shares[..., None]).reshape(*mask.shape, -1)
    volumes[~mask] = 0
    count = (shares > 0).sum(-1)
    count[~mask] = 0
    return volumes.astype(np.float32), count.astype(np.uint8)
