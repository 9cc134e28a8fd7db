"""Standardised uptake value ratio: uptake over the mean of a reference region, of one frame or a mean over frames.

Body weight and dose cancel, so that concentrations (Bq/mL) are divided as they are. Frames are averaged with their
durations as weights, which needs frames whose decay is corrected to one time.
"""

import argparse
import json

import nibabel as nib
import numpy as np
from skill_io import fail, load, read_tsv, same_grid, save_like, versions, write_json, write_tsv

COLUMNS = ["index", "name", "voxels", "volume_ml", "suvr_mean", "suvr_sd", "suvr_median", "mean_bq_ml"]


def read_sidecar(path):
    try:
        with open(path, encoding="utf-8") as file:
            sidecar = json.load(file)
    except (OSError, ValueError) as error:
        fail(f"{path}: cannot be read as JSON: {error}")
    if str(sidecar.get("Units")).lower() != "bq/ml":
        fail(f"{path}: Units is {sidecar.get('Units')!r}, expected \"Bq/mL\"")
    return sidecar


def frames_of(sidecar, path, volumes):
    """Starts, from the injection, and durations of the frames (s). BIDS counts FrameTimesStart from TimeZero, as it does
    InjectionStart; where that is missing the injection is at TimeZero."""
    tables = []
    for key in ("FrameTimesStart", "FrameDuration"):
        table = np.atleast_1d(np.asarray(sidecar.get(key, []), float))
        if table.shape != (volumes,):
            fail(f"{path}: {key} has {table.size} values, the image {volumes} frames")
        tables.append(table)
    starts, durations = tables
    if (durations <= 0).any():
        fail(f"{path}: a FrameDuration is not above 0, expected s")
    if (starts[1:] < starts[:-1] + durations[:-1] - 1e-3).any():
        fail(f"{path}: frames overlap: FrameTimesStart and FrameDuration (s) contradict each other")
    if starts[-1] + durations[-1] - starts[0] > 86400:
        fail(f"{path}: the frames last longer than a day, expected s (are they ms?)")
    injection = sidecar.get("InjectionStart", 0)
    if not isinstance(injection, (int, float)):
        fail(f"{path}: InjectionStart is {injection!r}, expected s from TimeZero")
    return starts - injection, durations


def averaged(image, sidecar, path, start, end):
    """The mean over the frames that lie wholly in the window (s), weighted by duration; which they were."""
    data = image.get_fdata()
    if data.ndim == 3:
        data = data[..., None]
    count = data.shape[3]
    if count == 1 and start is None and end is None:
        return data[..., 0], [0], None
    starts, durations = frames_of(sidecar, path, count)
    if start is None and end is None:
        fail(f"{path}: {count} frames from {starts[0]:g} to {starts[-1] + durations[-1]:g} s after the injection: expected a window, start and end, in which the tracer is near equilibrium")
    low = starts[0] if start is None else start
    high = starts[-1] + durations[-1] if end is None else end
    chosen = np.flatnonzero((starts >= low - 1e-3) & (starts + durations <= high + 1e-3))
    if chosen.size == 0:
        fail(f"no frame lies in the window from {low:g} to {high:g} s; frames start at {starts[0]:g} and end at {starts[-1] + durations[-1]:g} s after the injection")
    scan = (starts[0], starts[-1] + durations[-1])
    if (start is not None and start < scan[0] - 1e-3) or (end is not None and end > scan[1] + 1e-3):
        fail(f"the window from {low:g} to {high:g} s reaches beyond the scan, which lasts from {scan[0]:g} to {scan[1]:g} s after the injection")
    gaps = starts[chosen][1:] - (starts + durations)[chosen][:-1]
    span = starts[chosen[-1]] + durations[chosen[-1]] - starts[chosen[0]]
    if gaps.sum() > 0.05 * span:
        fail(f"{path}: {gaps.sum():g} of the {span:g} s of the window were not scanned, expected frames that follow each other")
    if chosen.size > 1 and sidecar.get("ImageDecayCorrected") is not True:
        fail(f"{path}: ImageDecayCorrected is {sidecar.get('ImageDecayCorrected')!r}: frames without decay correction have no common scale")
    weights = durations[chosen] / durations[chosen].sum()
    window = [float(starts[chosen[0]]), float(starts[chosen[-1]] + durations[chosen[-1]])]
    return data[..., chosen] @ weights, [int(index) for index in chosen], window


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--pet", "--sidecar", "--labels", "--out-suvr", "--out-mean", "--out-reference", "--out-table", "--out-result"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--reference-mask")
    parser.add_argument("--lookup")
    parser.add_argument("--reference-labels", type=int, nargs="+")
    parser.add_argument("--start", type=float)
    parser.add_argument("--end", type=float)
    args = parser.parse_args()
    if (args.reference_mask is None) == (args.reference_labels is None):
        fail("expected a reference region either as reference-labels or as reference-mask")
    image, sidecar, label_image = load(args.pet), read_sidecar(args.sidecar), load(args.labels, 3)
    same_grid(image, label_image, "PET and labels (register and resample the labels with nearest neighbour first)")
    labels = np.asanyarray(label_image.dataobj)
    if not np.array_equal(labels, np.round(labels)):
        fail(f"{args.labels}: not a label image, some values are no whole numbers")
    labels = labels.astype(np.int64)
    if args.reference_mask is not None:
        mask_image = load(args.reference_mask, 3)
        same_grid(image, mask_image, "PET and reference mask")
        reference = np.asanyarray(mask_image.dataobj) > 0
    else:
        absent = [label for label in args.reference_labels if not (labels == label).any()]
        if absent:
            fail(f"{args.labels}: reference label {', '.join(map(str, absent))} has no voxel")
        reference = np.isin(labels, args.reference_labels)
    uptake, frames, window = averaged(image, sidecar, args.sidecar, args.start, args.end)
    if not reference.any():
        fail("the reference region is empty")
    level = float(uptake[reference].mean())
    if level <= 0:
        fail(f"the mean uptake of the reference region is {level:g} Bq/mL: a ratio to it has no meaning")
    suvr = uptake / level
    names = {}
    if args.lookup is not None:
        table = read_tsv(args.lookup)
        if "index" not in table or "name" not in table:
            fail(f"{args.lookup}: no columns index and name")
        names = {int(index): name for index, name in zip(table["index"], table["name"])}
    voxel_ml = float(np.prod(nib.affines.voxel_sizes(image.affine))) / 1000
    rows = []
    for label in (int(value) for value in np.unique(labels) if value != 0):
        inside = suvr[labels == label]
        sd = float(inside.std(ddof=1)) if inside.size > 1 else None
        rows.append([label, names.get(label), inside.size, inside.size * voxel_ml, float(inside.mean()), sd, float(np.median(inside)), float(inside.mean()) * level])
    save_like(suvr.astype(np.float32), label_image, args.out_suvr)
    save_like(uptake.astype(np.float32), label_image, args.out_mean)
    save_like(reference, label_image, args.out_reference)
    write_tsv(args.out_table, COLUMNS, rows)
    write_json(
        args.out_result,
        {
            "frames": frames,
            "window_s": window,
            "reference_mean_bq_ml": level,
            "reference_cv": float(uptake[reference].std(ddof=1) / level) if reference.sum() > 1 else None,
            "reference_voxels": int(reference.sum()),
            "reference_volume_ml": int(reference.sum()) * voxel_ml,
            "regions": len(rows),
            "partial_volume_corrected": False,
            "versions": versions("nibabel", "numpy"),
        },
    )


main()
