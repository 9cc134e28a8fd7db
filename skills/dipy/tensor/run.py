"""Diffusion tensor by weighted or ordinary least squares: FA, MD, AD, RD (mm2/s) and the principal direction (RAS+)."""

import argparse

import numpy as np
from dipy.reconst.dti import TensorModel
from dwi_io import gradient_table, load_dwi, shells_of
from skill_io import fail, save_like, versions, write_json

MAPS = ("fa", "md", "ad", "rd")


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--dwi", "--bval", "--bvec", "--method", "--out-direction", "--out-result", *(f"--out-{m}" for m in MAPS)):
        parser.add_argument(flag, required=True)
    parser.add_argument("--mask")
    parser.add_argument("--max-b", type=float)
    args = parser.parse_args()
    image, data, bvals, directions, mask = load_dwi(args.dwi, args.bval, args.bvec, args.mask)
    kept = bvals <= args.max_b if args.max_b is not None else np.ones(len(bvals), bool)
    weighted = directions[kept & (bvals > 50)]
    products = np.column_stack([weighted[:, i] * weighted[:, j] for i in range(3) for j in range(i, 3)])
    if len(weighted) < 6 or np.linalg.matrix_rank(products, tol=1e-3) < 6:
        fail(f"{len(weighted)} directions up to the largest b-value determine no tensor: expected six that are independent")
    model = TensorModel(gradient_table(bvals[kept], directions[kept]), fit_method=args.method)
    fit = model.fit(data[..., kept], mask=mask)
    values = {name: np.where(mask, np.nan_to_num(getattr(fit, name)), 0) for name in MAPS}
    negative = int((mask & (fit.evals[..., 2] <= 0)).sum())
    for name in MAPS:
        save_like(values[name].astype(np.float32), image, getattr(args, f"out_{name}"))
    principal = np.where(mask[..., None], fit.evecs[..., :, 0], 0)
    save_like(principal.astype(np.float32), image, args.out_direction)
    write_json(
        args.out_result,
        {
            "method": args.method,
            "frame": "scanner, RAS+",
            "shells": shells_of(bvals[kept]),
            "voxels": int(mask.sum()),
            "voxels_with_eigenvalue_not_above_0": negative,
            "median_fa": float(np.median(values["fa"][mask])),
            "median_md_mm2_s": float(np.median(values["md"][mask])),
            "versions": versions("dipy", "nibabel", "numpy"),
        },
    )


main()
