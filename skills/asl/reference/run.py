"""Reference image and brain mask of an ASL series: the mean M0, given or in the series, else the mean control."""

import argparse

import nibabel as nib
import numpy as np
from nilearn.masking import compute_epi_mask
from skill_io import fail, load, read_tsv, same_grid, save_like, versions, write_json


def reference_of(image, context, m0):
    """Mean of the volumes that show anatomy, in units of the image, and what they are."""
    if m0 is not None:
        values = m0.get_fdata()
        return (values if values.ndim == 3 else values.mean(-1)), "separate m0scan"
    data = image.get_fdata()
    for kind in ("m0scan", "control"):
        chosen = np.array([each == kind for each in context])
        if chosen.any():
            return data[..., chosen].mean(-1), kind
    fail("no volume shows anatomy: expected an m0scan or control volumes")


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--asl", "--context", "--out-reference", "--out-mask", "--out-result"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--m0")
    for flag in ("--lower-cutoff", "--upper-cutoff"):
        parser.add_argument(flag, type=float, required=True)
    parser.add_argument("--opening", type=int, required=True)
    args = parser.parse_args()
    image = load(args.asl, 4)
    table = read_tsv(args.context)
    if "volume_type" not in table:
        fail(f"{args.context}: no column volume_type")
    context = table["volume_type"]
    if len(context) != image.shape[3]:
        fail(f"{args.context}: {len(context)} rows, the image {image.shape[3]} volumes")
    m0 = None if args.m0 is None else load(args.m0)
    if m0 is not None:
        same_grid(image, m0, "ASL and M0 (register M0 to the series first)")
    if args.lower_cutoff >= args.upper_cutoff:
        fail(f"the lower cut-off {args.lower_cutoff} is not below the upper {args.upper_cutoff}")
    reference, source = reference_of(image, context, m0)
    # A morphological opening across a few slices would erase everything.
    opening = args.opening if min(image.shape[:3]) > 2 * args.opening else 0
    # A slab cuts through the head: continued beyond its borders, so that the opening does not take its outer slices.
    margin = 2 * opening
    continued = np.pad(reference, margin, mode="edge").astype(np.float32)
    try:
        mask = compute_epi_mask(
            nib.Nifti1Image(continued, image.affine),
            lower_cutoff=args.lower_cutoff,
            upper_cutoff=args.upper_cutoff,
            opening=opening,
        )
    except Exception as error:
        fail(f"no mask can be computed: {error}; expected a head on a dark background")
    own = tuple(slice(margin, margin + size) for size in image.shape[:3])
    inside = (np.asanyarray(mask.dataobj) > 0)[own]
    if not inside.any():
        fail("the mask is empty: expected a head on a dark background")
    save_like(reference.astype(np.float32), image, args.out_reference)
    save_like(inside, image, args.out_mask)
    zooms = [float(zoom) for zoom in image.header.get_zooms()[:3]]
    write_json(
        args.out_result,
        {
            "source": source,
            "voxels": int(inside.sum()),
            "volume_ml": float(inside.sum() * np.prod(zooms) / 1000),
            "share_of_grid": float(inside.mean()),
            "opening": opening,
            "versions": versions("nilearn", "nibabel", "numpy"),
        },
    )


main()
