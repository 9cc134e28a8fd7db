"""Denoising by principal components whose eigenvalues leave the Marchenko-Pastur law, with the noise that was found."""

import argparse

import numpy as np
from dipy.denoise.localpca import mppca
from skill_io import fail, load, same_grid, save_like, versions, write_json


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--dwi", "--out-denoised", "--out-noise", "--out-result"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--mask")
    parser.add_argument("--patch-radius", type=int, required=True)
    args = parser.parse_args()
    image = load(args.dwi, 4)
    side = 2 * args.patch_radius + 1
    if min(image.shape[:3]) < side:
        fail(f"{args.dwi}: {image.shape[:3]} voxels, a patch of {side} does not fit")
    mask = None
    if args.mask is not None:
        mask_image = load(args.mask, 3)
        same_grid(image, mask_image, "series and mask")
        mask = np.asanyarray(mask_image.dataobj) > 0
    data = image.get_fdata(dtype=np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        denoised, sigma = mppca(data, mask=mask, patch_radius=args.patch_radius, return_sigma=True, out_dtype=np.float32)
    # DIPY divides by the number of patches that reached a voxel: none at the edge of the grid gives NaN. Such voxels stay.
    unreached = ~np.isfinite(denoised).all(-1) | ~np.isfinite(sigma)
    denoised[unreached], sigma[unreached] = data[unreached], 0
    if mask is not None:
        # Outside the mask nothing was estimated: the series stays as it is, the noise is not known.
        denoised[~mask] = data[~mask]
    inside = (sigma > 0 if mask is None else mask) & ~unreached
    removed = (data - denoised)[inside]
    save_like(denoised.astype(np.float32), image, args.out_denoised)
    save_like(np.nan_to_num(sigma).astype(np.float32), image, args.out_noise)
    write_json(
        args.out_result,
        {
            "patch_radius": args.patch_radius,
            "volumes": image.shape[3],
            "voxels_not_reached": int(unreached.sum()),
            "median_noise": float(np.median(sigma[inside])) if inside.any() else 0.0,
            "rms_removed": float(np.sqrt((removed.astype(float) ** 2).mean())) if removed.size else 0.0,
            "mean_removed": float(removed.astype(float).mean()) if removed.size else 0.0,
            "versions": versions("dipy", "nibabel", "numpy"),
        },
    )


main()
