"""Brain mask of one or several BOLD runs, by the histogram of their mean images."""

import argparse

import numpy as np
from nilearn.masking import compute_multi_epi_mask
from skill_io import fail, load, same_grid, save_like, versions, write_json


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bold", nargs="+", required=True)
    parser.add_argument("--lower-cutoff", type=float, default=0.2)
    parser.add_argument("--upper-cutoff", type=float, default=0.85)
    parser.add_argument("--opening", type=int, default=2)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--mask", required=True)
    parser.add_argument("--result", required=True)
    args = parser.parse_args()
    if args.lower_cutoff >= args.upper_cutoff:
        fail(f"the lower cut-off {args.lower_cutoff} is not below the upper {args.upper_cutoff}")
    images = [load(path, 4) for path in args.bold]
    for path, image in zip(args.bold[1:], images[1:]):
        same_grid(images[0], image, f"{args.bold[0]} and {path}")
    # A morphological opening across a single slice would erase everything.
    opening = args.opening if min(images[0].shape[:3]) > 2 * args.opening else 0
    try:
        mask = compute_multi_epi_mask(
            images,
            lower_cutoff=args.lower_cutoff,
            upper_cutoff=args.upper_cutoff,
            opening=opening,
            threshold=args.share,
        )
    except Exception as error:
        fail(f"no mask can be computed: {error}; expected BOLD of a head on a dark background")
    inside = np.asanyarray(mask.dataobj) > 0
    if not inside.any():
        fail("the mask is empty: expected BOLD of a head on a dark background")
    save_like(inside, images[0], args.mask)
    zooms = images[0].header.get_zooms()[:3]
    write_json(
        args.result,
        {
            "runs": len(images),
            "voxels": int(inside.sum()),
            "volume_ml": float(inside.sum() * np.prod([float(zoom) for zoom in zooms]) / 1000),
            "share_of_grid": float(inside.mean()),
            "opening": opening,
            "versions": versions("nilearn", "nibabel", "numpy"),
        },
    )


main()
