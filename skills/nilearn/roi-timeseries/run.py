"""Mean time series of the regions of a label image."""

import argparse

import numpy as np
from nilearn.image import resample_to_img
from skill_io import fail, load, read_tsv, save_like, same_grid, versions, write_json, write_tsv


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bold", required=True)
    parser.add_argument("--atlas", required=True)
    parser.add_argument("--labels", help="TSV with index and name")
    parser.add_argument("--mask")
    parser.add_argument("--least-voxels", type=int, default=1)
    parser.add_argument("--timeseries", required=True)
    parser.add_argument("--regions", required=True)
    parser.add_argument("--used-atlas", required=True)
    parser.add_argument("--result", required=True)
    args = parser.parse_args()

    image = load(args.bold, 4)
    atlas = load(args.atlas, 3)
    values = np.asanyarray(atlas.dataobj)
    if not np.array_equal(values, np.round(values)):
        fail(f"{args.atlas}: holds values that are no whole numbers, expected labels")
    there = sorted(int(label) for label in np.unique(values) if label != 0)
    if not there:
        fail(f"{args.atlas}: has no region")
    resampled = atlas.shape[:3] != image.shape[:3] or not np.allclose(atlas.affine, image.affine, atol=1e-3)
    if resampled:
        first = image.slicer[..., :1].slicer[..., 0]
        atlas = resample_to_img(atlas, first, interpolation="nearest", copy_header=True, force_resample=True)
    labels = np.round(np.asanyarray(atlas.dataobj)).astype(np.int32).reshape(image.shape[:3])
    if args.mask is not None:
        mask = load(args.mask, 3)
        same_grid(image, mask, f"{args.bold} and {args.mask}")
        labels = np.where(np.asanyarray(mask.dataobj) > 0, labels, 0)
    names = names_of(args.labels, there)
    series = image.get_fdata(dtype=np.float64)
    columns, rows, empty, constant = [], [], [], []
    for label in there:
        inside = labels == label
        count = int(inside.sum())
        if count < max(1, args.least_voxels):
            empty.append(names[label])
            rows.append([label, names[label], count, 0])
            continue
        mean = series[inside].mean(axis=0)
        if np.ptp(mean) == 0:
            constant.append(names[label])
            rows.append([label, names[label], count, 0])
            continue
        columns.append((names[label], mean))
        rows.append([label, names[label], count, 1])
    if not columns:
        fail(f"no region of {args.atlas} has {args.least_voxels} voxels with a signal on the grid of {args.bold}: expected both in one space")
    write_tsv(args.timeseries, [name for name, _ in columns], np.column_stack([mean for _, mean in columns]).tolist())
    write_tsv(args.regions, ["index", "name", "voxels", "used"], rows)
    save_like(labels, image, args.used_atlas)
    write_json(
        args.result,
        {
            "regions": len(there),
            "regions_used": len(columns),
            "regions_empty": empty,
            "regions_constant": constant,
            "volumes": int(image.shape[3]),
            "atlas_resampled": bool(resampled),
            "interpolation": "nearest neighbour" if resampled else "none: one grid",
            "versions": versions("nilearn", "nibabel", "numpy"),
        },
    )


def names_of(path, there):
    names = {label: f"label{label}" for label in there}
    if path is None:
        return names
    table = read_tsv(path)
    if "index" not in table or "name" not in table:
        fail(f"{path}: expected columns index and name, has {', '.join(table)}")
    for index, name in zip(table["index"], table["name"]):
        try:
            label = int(index)
        except (TypeError, ValueError):
            fail(f"{path}: index {index} is no whole number")
        if label in names and name is not None:
            names[label] = name
    if len(set(names.values())) < len(names):
        fail(f"{path}: two regions have one name")
    return names


main()
