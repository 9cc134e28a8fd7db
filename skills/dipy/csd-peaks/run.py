"""Peaks of the fibre orientation distribution by constrained spherical deconvolution (Tournier et al. 2007)."""

import argparse

import numpy as np
from dipy.reconst.csdeconv import ConstrainedSphericalDeconvModel, response_from_mask_ssst
from dipy.reconst.dti import TensorModel
from dwi_io import gradient_table
from fibre_peaks import add_arguments, find_peaks, load_shell, write_peaks
from skill_io import fail


def main():
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    parser.add_argument("--fa-threshold", type=float, required=True)
    args = parser.parse_args()
    # The constraint (no negative fibre densities) carries orders beyond the number of directions.
    image, data, bvals, directions, mask, shell = load_shell(args, terms_per_direction=3)
    gradients = gradient_table(bvals, directions)
    fa = np.nan_to_num(TensorModel(gradients).fit(data, mask=mask).fa)
    single = mask & (fa > args.fa_threshold)
    if single.sum() < 20:
        fail(f"{int(single.sum())} voxels with FA above {args.fa_threshold:g} for the response: expected 20 or more")
    response, ratio = response_from_mask_ssst(gradients, data, single)
    if not (0 < ratio < 0.6):
        fail(f"the response is no single fibre: its eigenvalues have the ratio {ratio:.3g}, expected below 0.6")
    model = ConstrainedSphericalDeconvModel(gradients, response, sh_order_max=args.sh_order)
    write_peaks(
        find_peaks(model, data, mask, args),
        image,
        mask,
        shell,
        args,
        {
            "response_voxels": int(single.sum()),
            "response_ratio": float(ratio),
            "response_eigenvalues_mm2_s": [float(value) for value in response[0]],
        },
    )


main()
