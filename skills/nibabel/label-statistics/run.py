"""Volume of each label and mean, standard deviation (n - 1), median and range of an image in it."""

import argparse

import nibabel as nib
import numpy as np
from skill_io import fail, load, read_tsv, same_grid, versions, write_json, write_tsv

COLUMNS = ["index", "name", "voxels", "volume_ml", "mean", "sd", "median", "min", "max"]


def names_of(path):
    """Label to name, from a BIDS table with columns index and name."""
    table = read_tsv(path)
    for column in ("index", "name"):
        if column not in table:
            fail(f"{path}: no column {column}; a BIDS lookup table has index and name")
    names = {}
    for index, name in zip(table["index"], table["name"]):
        try:
            label = int(index)
        except (TypeError, ValueError):
            fail(f"{path}: index {index} is no whole number")
        if label in names:
            fail(f"{path}: index {label} stands twice")
        names[label] = name
    return names


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--labels", "--out-table", "--out-result"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--image")
    parser.add_argument("--lookup")
    args = parser.parse_args()
    labels_image = load(args.labels, 3)
    labels = np.asanyarray(labels_image.dataobj)
    if not np.array_equal(labels, np.round(labels)):
        fail(f"{args.labels}: not a label image, some values are no whole numbers")
    labels = np.round(labels).astype(np.int64)
    values = None
    if args.image is not None:
        image = load(args.image, 3)
        same_grid(labels_image, image, "labels and image (resample the labels with nearest neighbour)")
        values = image.get_fdata()
    names = names_of(args.lookup) if args.lookup is not None else {}
    voxel_ml = float(np.prod(nib.affines.voxel_sizes(labels_image.affine))) / 1000
    present, counts = np.unique(labels[labels != 0], return_counts=True)
    if present.size == 0:
        fail(f"{args.labels}: every voxel is 0, there is no label")
    sizes = dict(zip((int(label) for label in present), (int(count) for count in counts)))
    wanted = sorted(set(sizes) | {label for label in names if label != 0})
    rows = []
    for label in wanted:
        count = sizes.get(label, 0)
        row = [label, names.get(label), count, count * voxel_ml]
        inside = values[labels == label] if values is not None and count else None
        if inside is None:
            row += [None] * 5
        else:
            sd = float(inside.std(ddof=1)) if count > 1 else None
            row += [float(inside.mean()), sd, float(np.median(inside)), float(inside.min()), float(inside.max())]
        rows.append(row)
    write_tsv(args.out_table, COLUMNS, rows)
    write_json(
        args.out_result,
        {
            "labels": len(sizes),
            "unnamed": sorted(label for label in sizes if label not in names) if names else [],
            "absent": sorted(label for label in names if label != 0 and label not in sizes),
            "voxel_volume_ml": voxel_ml,
            "total_volume_ml": int(counts.sum()) * voxel_ml,
            "statistics": values is not None,
            "versions": versions("nibabel", "numpy"),
        },
    )


main()
