"""Second-level GLM over maps of participants: one sample, two samples, paired, covariates."""

import argparse
import os
import re
import warnings

import numpy as np
import pandas as pd
from nilearn.glm import threshold_stats_img
from nilearn.glm.second_level import SecondLevelModel
from nilearn.reporting import get_clusters_table
from skill_io import fail, load, read_tsv, same_grid, save_like, versions, write_json, write_tsv


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--maps", nargs="+", required=True)
    parser.add_argument("--table", help="TSV, a row for each participant, or for each map in their order")
    parser.add_argument("--mask")
    parser.add_argument("--test", choices=["one-sample", "two-sample", "paired"], default="one-sample")
    parser.add_argument("--group-column", default="group")
    parser.add_argument("--compare", nargs=2, help="the two groups: first above second")
    parser.add_argument("--pair-column", default="participant_id")
    parser.add_argument("--covariates", nargs="+", default=[])
    parser.add_argument("--height-control", choices=["fpr", "fdr", "bonferroni"], default="fdr")
    parser.add_argument("--alpha", type=float, default=0.05)
    parser.add_argument("--cluster-voxels", type=int, default=0)
    for name in ("effect", "variance", "t", "z", "thresholded", "clusters", "design", "result"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()

    images = [load(path, 3) for path in args.maps]
    for path, image in zip(args.maps[1:], images[1:]):
        same_grid(images[0], image, f"{args.maps[0]} and {path}")
    mask = load(args.mask, 3) if args.mask else common(images)
    same_grid(images[0], mask, "maps and mask")
    inside = np.asanyarray(mask.dataobj) > 0
    design, contrast, tested = design_of(args, len(images))
    rank = int(np.linalg.matrix_rank(design.to_numpy()))
    if rank < design.shape[1]:
        fail(f"the columns {', '.join(design.columns)} depend on each other: expected a covariate that the groups do not determine")
    if len(images) - rank < 1:
        fail(f"{len(images)} maps and {rank} columns: no degrees of freedom are left")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = SecondLevelModel(mask_img=mask, n_jobs=1, reports=False).fit(images, design_matrix=design)
        maps = model.compute_contrast(second_level_contrast=contrast, output_type="all")
        z = maps["z_score"]
        thresholded, height = threshold_stats_img(
            z,
            mask_img=mask,
            alpha=args.alpha,
            height_control=args.height_control,
            cluster_threshold=args.cluster_voxels,
            two_sided=True,
        )
        table = None
        if np.isfinite(height):
            table = get_clusters_table(z, float(height), cluster_threshold=args.cluster_voxels, two_sided=True)
    for output, kind in (("effect", "effect_size"), ("variance", "effect_variance"), ("t", "stat"), ("z", "z_score")):
        save_like(values(maps[kind], inside), images[0], getattr(args, output))
    survived = values(thresholded, inside)
    save_like(survived, images[0], args.thresholded)
    columns = ["cluster", "x_mm", "y_mm", "z_mm", "peak_z", "size_mm3"]
    rows = []
    for _, row in table.iterrows() if table is not None else []:
        size = row["Cluster Size (mm3)"]
        rows.append([str(row["Cluster ID"]), float(row["X"]), float(row["Y"]), float(row["Z"]), float(row["Peak Stat"]), float(size) if size not in ("", None) else None])
    write_tsv(args.clusters, columns, rows)
    write_tsv(args.design, list(design.columns), design.to_numpy().tolist())
    write_json(
        args.result,
        {
            "maps": len(images),
            "participants": [participant_of(path) for path in args.maps],
            "test": args.test,
            "tested": tested,
            "columns": list(design.columns),
            "contrast": [float(weight) for weight in contrast],
            "degrees_of_freedom": len(images) - rank,
            "mask_voxels": int(inside.sum()),
            "height_control": args.height_control,
            "alpha": args.alpha,
            "z_threshold": float(height) if np.isfinite(height) else None,
            "voxels_above": int((survived != 0).sum()),
            "clusters": sum(1 for row in rows if row[5] is not None),
            "versions": versions("nilearn", "nibabel", "numpy", "scipy"),
        },
    )


def participant_of(path):
    """`sub-01` of a BIDS name; None where it has none."""
    found = re.match(r"(?:\d+-)?(sub-[A-Za-z0-9]+)(?=_)", os.path.basename(path))
    return found.group(1) if found else None


def rows_of(args):
    """The table in the order of the maps: by participant, where names and table have one, else row by row."""
    table = read_tsv(args.table)
    people = [participant_of(path) for path in args.maps]
    ids = table.get("participant_id")
    if ids is None or None in people or len(set(people)) < len(people) or len(set(ids)) < len(ids):
        for name, cells in table.items():
            if len(cells) != len(args.maps):
                fail(f"{args.table}: {len(cells)} rows for {len(args.maps)} maps")
        return table
    missing = [name for name in people if name not in ids]
    if missing:
        fail(f"{args.table}: has no row for {', '.join(missing)}; it has {', '.join(str(name) for name in ids)}")
    order = [ids.index(name) for name in people]
    return {name: [cells[row] for row in order] for name, cells in table.items()}


def values(image, inside):
    data = np.asanyarray(image.dataobj, dtype=np.float64).reshape(inside.shape)
    return np.where(inside, np.nan_to_num(data, nan=0.0, posinf=0.0, neginf=0.0), 0.0)


def common(images):
    import nibabel as nib

    shared = np.all([np.asanyarray(image.dataobj) != 0 for image in images], axis=0)
    if not shared.any():
        fail("no voxel has a value in every map; give a mask")
    return nib.Nifti1Image(shared.astype(np.uint8), images[0].affine)


def design_of(args, count):
    """Design, contrast and words for it."""
    table = rows_of(args) if args.table else {}

    def column(name):
        if name not in table:
            fail(f"{args.table or 'the table'}: has no column {name}; it has {', '.join(table) or 'none'}")
        if any(cell is None for cell in table[name]):
            fail(f"{args.table}: {name} has n/a")
        return table[name]

    covariates = {}
    for name in args.covariates:
        try:
            numbers = np.array([float(cell) for cell in column(name)])
        except ValueError:
            fail(f"{args.table}: {name} holds words, expected numbers for a covariate")
        covariates[name] = numbers - numbers.mean()
    if args.test == "one-sample":
        design = pd.DataFrame({"mean": np.ones(count), **covariates})
        return design, weights(design, {"mean": 1}), "mean above 0"
    groups = column(args.group_column)
    levels = sorted(set(groups))
    if len(levels) != 2:
        fail(f"{args.table}: {args.group_column} has {len(levels)} values ({', '.join(levels)}), expected 2")
    members = {level: np.array([group == level for group in groups], float) for level in levels}
    first, second = args.compare or levels
    if sorted([first, second]) != levels:
        fail(f"{args.table}: {args.group_column} is {', '.join(levels)}, and {first} is to be compared with {second}")
    if args.test == "two-sample":
        design = pd.DataFrame({**members, **covariates})
        return design, weights(design, {first: 1, second: -1}), f"{first} above {second}"
    pairs = column(args.pair_column)
    for pair in sorted(set(pairs)):
        own = sorted(group for group, name in zip(groups, pairs) if name == pair)
        if own != levels:
            fail(f"{args.table}: {pair} has {', '.join(own)}, expected one map of {first} and one of {second}")
    design = pd.DataFrame({f"{first}-{second}": members[first] - 0.5, **{pair: np.array([name == pair for name in pairs], float) for pair in sorted(set(pairs))}})
    return design, weights(design, {f"{first}-{second}": 1}), f"{first} above {second} within pairs"


def weights(design, wanted):
    return np.array([float(wanted.get(name, 0)) for name in design.columns])


main()
