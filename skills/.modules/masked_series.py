"""A BOLD run with the mask of the voxels that are looked at."""

import numpy as np
from skill_io import fail, load, same_grid


def load_masked(bold_path, mask_path):
    """Returns the run (image, 4D) and the mask (booleans, shape (x, y, z)). Fails where their grids differ or the mask
    is empty."""
    image = load(bold_path, 4)
    mask = load(mask_path, 3)
    same_grid(image, mask, f"{bold_path} and {mask_path}")
    inside = np.asanyarray(mask.dataobj) > 0
    if not inside.any():
        fail(f"{mask_path}: the mask is empty")
    return image, inside
