"""Brain mask from the b=0 volumes: median filter, Otsu's threshold, holes filled, largest component."""

import argparse

import nibabel as nib
import numpy as np
from dipy.segment.mask import median_otsu
from dwi_io import B0_MAX, read_numbers
from scipy import ndimage
from skill_io import fail, load, save_like, versions, write_json


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--dwi", "--bval", "--out-mask", "--out-result"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--median-radius", type=int, required=True)
    parser.add_argument("--passes", type=int, required=True)
    args = parser.parse_args()
    image = load(args.dwi, 4)
    bvals = read_numbers(args.bval, 1)[0]
    if len(bvals) != image.shape[3]:
        fail(f"{image.shape[3]} volumes and {len(bvals)} b-values: expected one per volume")
    b0 = np.flatnonzero(bvals <= B0_MAX)
    if b0.size == 0:
        fail(f"{args.bval}: no volume with b up to {B0_MAX:g} s/mm2 to find the brain in")
    mean = image.get_fdata(dtype=np.float32)[..., b0].mean(-1)
    _, mask = median_otsu(mean, median_radius=args.median_radius, numpass=args.passes)
    labels, count = ndimage.label(mask)
    if count == 0:
        fail(f"{args.dwi}: nothing stands out from the background")
    mask = ndimage.binary_fill_holes(labels == 1 + np.bincount(labels.ravel())[1:].argmax())
    save_like(mask, image, args.out_mask)
    voxel_ml = float(np.prod(nib.affines.voxel_sizes(image.affine))) / 1000
    write_json(
        args.out_result,
        {
            "b0_volumes": int(b0.size),
            "voxels": int(mask.sum()),
            "volume_ml": int(mask.sum()) * voxel_ml,
            "components_before": int(count),
            "versions": versions("dipy", "nibabel", "numpy", "scipy"),
        },
    )


main()
