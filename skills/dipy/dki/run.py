"""Diffusion kurtosis: mean, axial and radial kurtosis (no unit) with FA and MD (mm2/s) of the same fit."""

import argparse

import numpy as np
from dipy.reconst.dki import DiffusionKurtosisModel
from dwi_io import gradient_table, load_dwi, shells_of
from skill_io import fail, save_like, versions, write_json

MAPS = ("mk", "ak", "rk", "fa", "md")
LOWEST, HIGHEST = -3 / 7, 10.0


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--dwi", "--bval", "--bvec", "--method", "--out-result", *(f"--out-{name}" for name in MAPS)):
        parser.add_argument(flag, required=True)
    parser.add_argument("--mask")
    args = parser.parse_args()
    image, data, bvals, directions, mask = load_dwi(args.dwi, args.bval, args.bvec, args.mask)
    shells = shells_of(bvals)
    count = int((bvals > 50).sum())
    if len(shells) < 2 or count < 21:
        fail(
            f"{len(shells)} shells with {count} volumes: a kurtosis tensor has 15 numbers and a tensor 6; "
            "expected two shells above b=0 and 21 volumes or more"
        )
    fit = DiffusionKurtosisModel(gradient_table(bvals, directions), fit_method=args.method).fit(data, mask=mask)
    measured = {name: getattr(fit, name)(min_kurtosis=LOWEST, max_kurtosis=HIGHEST) for name in ("mk", "ak", "rk")}
    measured |= {"fa": fit.fa, "md": fit.md}
    values = {name: np.where(mask, np.nan_to_num(measured[name]), 0).astype(np.float32) for name in MAPS}
    for name in MAPS:
        save_like(values[name], image, getattr(args, f"out_{name}"))
    clipped = mask & ((values["mk"] <= LOWEST + 1e-6) | (values["mk"] >= HIGHEST - 1e-6))
    write_json(
        args.out_result,
        {
            "method": args.method,
            "shells": shells,
            "voxels": int(mask.sum()),
            "voxels_with_clipped_mk": int(clipped.sum()),
            "median_mk": float(np.median(values["mk"][mask])),
            "median_md_mm2_s": float(np.median(values["md"][mask])),
            "versions": versions("dipy", "nibabel", "numpy"),
        },
    )


main()
