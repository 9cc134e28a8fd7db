"""Peaks of the fibre orientation distribution by constrained spherical deconvolution (Tournier et al. 2007)."""

import argparse

import numpy as np
from dipy.data import default_sphere
from dipy.direction import peaks_from_model
from dipy.reconst.csdeconv import ConstrainedSphericalDeconvModel, response_from_mask_ssst
from dipy.reconst.dti import TensorModel
from dwi_io import gradient_table, load_dwi, peak_volumes, shells_of
from skill_io import fail, save_like, versions, write_json


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--dwi", "--bval", "--bvec", "--mask", "--out-peaks", "--out-count", "--out-result"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--sh-order", type=int, required=True)
    parser.add_argument("--fa-threshold", type=float, required=True)
    parser.add_argument("--max-peaks", type=int, required=True)
    parser.add_argument("--relative-threshold", type=float, required=True)
    parser.add_argument("--min-separation", type=float, required=True)
    args = parser.parse_args()
    image, data, bvals, directions, mask = load_dwi(args.dwi, args.bval, args.bvec, args.mask)
    shells = shells_of(bvals)
    if len(shells) != 1:
        fail(f"{len(shells)} shells above b=0: this model takes one; expected a series of b=0 and one shell")
    terms = (args.sh_order + 1) * (args.sh_order + 2) // 2
    if args.sh_order % 2:
        fail(f"order {args.sh_order}: harmonics of diffusion have even orders")
    if terms > 3 * shells[0]["directions"]:
        fail(f"order {args.sh_order} has {terms} terms, the shell {shells[0]['directions']} volumes: expected a lower order")
    gradients = gradient_table(bvals, directions)
    fa = np.nan_to_num(TensorModel(gradients).fit(data, mask=mask).fa)
    single = mask & (fa > args.fa_threshold)
    if single.sum() < 20:
        fail(f"{int(single.sum())} voxels with FA above {args.fa_threshold:g} for the response: expected 20 or more")
    response, ratio = response_from_mask_ssst(gradients, data, single)
    if not (0 < ratio < 0.6):
        fail(f"the response is no single fibre: its eigenvalues have the ratio {ratio:.3g}, expected below 0.6")
    model = ConstrainedSphericalDeconvModel(gradients, response, sh_order_max=args.sh_order)
    found = peaks_from_model(
        model,
        data,
        default_sphere,
        relative_peak_threshold=args.relative_threshold,
        min_separation_angle=args.min_separation,
        mask=mask,
        npeaks=args.max_peaks,
        sh_order_max=args.sh_order,
        return_sh=False,
        gfa_thr=0,
        parallel=False,
    )
    volumes, count = peak_volumes(found, mask, args.max_peaks)
    save_like(volumes, image, args.out_peaks)
    save_like(count, image, args.out_count)
    inside = count[mask]
    write_json(
        args.out_result,
        {
            "frame": "scanner, RAS+",
            "sh_order": args.sh_order,
            "shell": shells[0],
            "voxels": int(mask.sum()),
            "voxels_without_peak": int((inside == 0).sum()),
            "mean_peaks": float(inside.mean()),
            "response_voxels": int(single.sum()),
            "response_ratio": float(ratio),
            "response_eigenvalues_mm2_s": [float(value) for value in response[0]],
            "versions": versions("dipy", "nibabel", "numpy"),
        },
    )


main()
