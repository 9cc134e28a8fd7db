"""Slice-timing correction: every slice is interpolated in time to one moment of the repetition."""

import argparse

import numpy as np
from scipy.interpolate import CubicSpline
from skill_io import fail, load, save_like, versions, write_json


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bold", required=True)
    parser.add_argument("--slice-timing", type=float, nargs="+", required=True, help="s after the start of the volume")
    parser.add_argument("--repetition-time", type=float, required=True, help="s")
    parser.add_argument("--reference", type=float, default=0.5, help="fraction of the repetition time")
    parser.add_argument("--axis", choices=["i", "i-", "j", "j-", "k", "k-"], default="k")
    parser.add_argument("--corrected", required=True)
    parser.add_argument("--result", required=True)
    args = parser.parse_args()

    image = load(args.bold, 4)
    axis = "ijk".index(args.axis[0])
    slices, volumes = image.shape[axis], image.shape[3]
    tr = args.repetition_time
    times = np.array(args.slice_timing)
    if len(times) != slices:
        fail(f"{len(times)} slice times for {slices} slices along {args.axis[0]}")
    if times.min() < 0 or times.max() >= tr:
        hint = "; are they in milliseconds?" if times.max() / 1000 < tr else ""
        fail(f"slice times run from {times.min():g} to {times.max():g} s, expected 0 to below the repetition time of {tr:g} s{hint}")
    if volumes < 4:
        fail(f"{args.bold}: {volumes} volumes, expected 4 or more to interpolate in time")
    if args.axis.endswith("-"):
        times = times[::-1]
    moment = args.reference * tr
    data = np.moveaxis(image.get_fdata(dtype=np.float64), axis, 0)
    corrected = np.empty_like(data)
    frames = np.arange(volumes) * tr
    for index, offset in enumerate(times):
        if abs(offset - moment) < 1e-9:
            corrected[index] = data[index]
            continue
        # Beyond the first and last sample the nearest one stands: a spline would run away.
        wanted = np.clip(frames + moment, frames[0] + offset, frames[-1] + offset)
        corrected[index] = CubicSpline(frames + offset, data[index], axis=-1)(wanted)
    save_like(np.moveaxis(corrected, 0, axis), image, args.corrected)
    write_json(
        args.result,
        {
            "slices": slices,
            "volumes": volumes,
            "reference_s": float(moment),
            "largest_shift_s": float(np.abs(times - moment).max()),
            "axis": args.axis,
            "versions": versions("scipy", "nibabel", "numpy"),
        },
    )


main()
