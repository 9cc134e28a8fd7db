"""A series from images of one volume each, in the order in which they are given."""

import argparse

import nibabel as nib
import numpy as np
from skill_io import fail, load, same_grid, save_like, versions, write_json


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", nargs="+", required=True)
    parser.add_argument("--repetition-time", type=float, required=True)
    parser.add_argument("--out-series", required=True)
    parser.add_argument("--out-result", required=True)
    args = parser.parse_args()
    if len(args.images) < 2:
        fail("one image makes no series: expected two or more")
    volumes = [load(path, 3) for path in args.images]
    first = volumes[0]
    for path, volume in zip(args.images[1:], volumes[1:]):
        same_grid(first, volume, f"{args.images[0]} and {path}")
    arrays = [np.asanyarray(volume.dataobj) for volume in volumes]
    data = np.stack(arrays, -1)
    series = nib.Nifti1Image(np.zeros(data.shape, np.uint8), first.affine)
    if isinstance(first.header, nib.Nifti1Header):
        for name in ("qform", "sform"):
            matrix, code = getattr(first, f"get_{name}")(coded=True)
            getattr(series, f"set_{name}")(matrix, int(code), update_affine=False)
    series.header.set_zooms((*first.header.get_zooms()[:3], args.repetition_time))
    series.header.set_xyzt_units("mm", "sec")
    save_like(data, series, args.out_series)
    write_json(
        args.out_result,
        {
            "volumes": len(volumes),
            "repetition_time_s": args.repetition_time,
            "shape": list(data.shape),
            "versions": versions("nibabel", "numpy"),
        },
    )


main()
