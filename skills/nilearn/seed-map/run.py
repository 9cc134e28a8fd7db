"""Correlation of every voxel with the mean series of a sphere."""

import argparse

import numpy as np
from masked_series import load_masked
from skill_io import fail, save_like, versions, write_json


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bold", required=True)
    parser.add_argument("--mask", required=True)
    parser.add_argument("--seed-mm", type=float, nargs=3, required=True)
    parser.add_argument("--radius", type=float, default=6.0)
    parser.add_argument("--correlation", required=True)
    parser.add_argument("--fisher-z", required=True)
    parser.add_argument("--result", required=True)
    args = parser.parse_args()

    image, inside = load_masked(args.bold, args.mask)
    index = np.argwhere(inside)
    world = index @ image.affine[:3, :3].T + image.affine[:3, 3]
    series = image.get_fdata(dtype=np.float64)[inside]
    near = np.linalg.norm(world - np.array(args.seed_mm), axis=1) <= args.radius
    if not near.any():
        nearest = float(np.linalg.norm(world - np.array(args.seed_mm), axis=1).min())
        fail(f"no voxel of the mask lies within {args.radius} mm of the seed; the nearest is {nearest:.1f} mm away")
    seed = series[near].mean(axis=0)
    seed = seed - seed.mean()
    if np.linalg.norm(seed) == 0:
        fail("the seed does not change over time")
    centred = series - series.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(centred, axis=1)
    still = norms == 0
    r = np.where(still, 0.0, centred @ seed / (np.where(still, 1, norms) * np.linalg.norm(seed)))
    r = np.clip(r, -1, 1)
    volume = np.zeros(inside.shape)
    volume[inside] = r
    save_like(volume, image, args.correlation)
    # z of 1 is infinite: at the seed it stands at the z of 1 - 1e-7, float32's last step.
    z = np.zeros(inside.shape)
    z[inside] = np.arctanh(np.clip(r, -1 + 1e-7, 1 - 1e-7))
    save_like(z, image, args.fisher_z)
    write_json(
        args.result,
        {
            "seed_mm": list(args.seed_mm),
            "radius_mm": args.radius,
            "seed_voxels": int(near.sum()),
            "mask_voxels": int(inside.sum()),
            "constant_voxels": int(still.sum()),
            "seed_mean_r": float(r[near].mean()),
            "versions": versions("nibabel", "numpy"),
        },
    )


main()
