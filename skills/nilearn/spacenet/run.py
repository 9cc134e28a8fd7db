"""SpaceNet: decodes a condition or a score from maps with a sparse, spatially structured weight map."""

import argparse
import warnings

import numpy as np
from nilearn.decoding import SpaceNetClassifier, SpaceNetRegressor
from nilearn.image import concat_imgs
from skill_io import fail, load, read_tsv, same_grid, save_like, versions, write_json, write_tsv


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--maps", nargs="+", required=True)
    parser.add_argument("--table", required=True, help="TSV, a row for each map in their order")
    parser.add_argument("--target", required=True)
    parser.add_argument("--kind", choices=["classify", "regress"], required=True)
    parser.add_argument("--mask", required=True)
    parser.add_argument("--penalty", choices=["graph-net", "tv-l1"], default="graph-net")
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--screening", type=float, default=20.0, help="percent of the brain that is looked at")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--predictions", required=True)
    parser.add_argument("--result", required=True)
    args = parser.parse_args()

    images = [load(path, 3) for path in args.maps]
    mask = load(args.mask, 3)
    for path, image in zip(args.maps, images):
        same_grid(image, mask, f"{path} and {args.mask}")
    inside = np.asanyarray(mask.dataobj) > 0
    if not inside.any():
        fail(f"{args.mask}: the mask is empty")
    table = read_tsv(args.table)
    if args.target not in table:
        fail(f"{args.table}: has no column {args.target}; it has {', '.join(table)}")
    words = table[args.target]
    if len(words) != len(images):
        fail(f"{args.table}: {len(words)} rows for {len(images)} maps")
    if any(word is None for word in words):
        fail(f"{args.table}: {args.target} is n/a in row {words.index(None) + 1}")
    target, levels = targets(args, words)
    rows = np.arange(len(images))
    held = np.empty(len(images), object)
    folds = split(target, levels, args.folds)
    for fold in folds:
        train = np.setdiff1d(rows, fold)
        held[fold] = fit(args, [images[row] for row in train], target[train], mask).predict(concat_imgs([images[row] for row in fold]))
    model = fit(args, images, target, mask)
    weights = np.zeros(inside.shape)
    found = np.asanyarray(model.coef_img_.dataobj, dtype=np.float64)
    weights[...] = found.reshape(inside.shape + (-1,))[..., 0]
    save_like(weights, images[0], args.weights)
    score, chance, name = judge(target, held, levels)
    fold_of = {row: number for number, fold in enumerate(folds, start=1) for row in fold}
    write_tsv(args.predictions, ["map", "fold", "target", "predicted"], [[int(row), fold_of[row], str(target[row]), str(held[row])] for row in rows])
    write_json(
        args.result,
        {
            "maps": len(images),
            "kind": args.kind,
            "levels": levels,
            "score": score,
            "score_is": name,
            "chance": chance,
            "folds": len(folds),
            "penalty": args.penalty,
            "weights_not_zero": int((weights != 0).sum()),
            "positive_weights_mean": None if not levels else levels[-1],
            "versions": versions("nilearn", "sklearn", "nibabel", "numpy"),
        },
    )


def targets(args, words):
    if args.kind == "classify":
        levels = sorted(set(words))
        if len(levels) != 2:
            fail(f"{args.table}: {args.target} has {len(levels)} values ({', '.join(levels)}), expected 2")
        fewest = min(words.count(level) for level in levels)
        if fewest < args.folds:
            fail(f"{args.table}: {fewest} maps of one kind, expected {args.folds} or more for {args.folds} folds")
        return np.array(words), levels
    try:
        values = np.array([float(word) for word in words])
    except ValueError:
        fail(f"{args.table}: {args.target} holds words, expected numbers to regress on")
    if len(values) < 2 * args.folds or values.std() == 0:
        fail(f"{args.table}: {len(values)} values of {args.target}, expected {2 * args.folds} or more that differ")
    return values, []


def split(target, levels, count):
    """Folds in the order of the rows, with as many of each kind in each as can be."""
    folds = [[] for _ in range(count)]
    groups = [np.flatnonzero(target == level) for level in levels] or [np.argsort(target, kind="stable")]
    for group in groups:
        for position, row in enumerate(group):
            folds[position % count].append(int(row))
    return [np.array(sorted(fold)) for fold in folds]


def fit(args, images, target, mask):
    kind = SpaceNetClassifier if args.kind == "classify" else SpaceNetRegressor
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = kind(
            penalty=args.penalty,
            mask=mask,
            cv=min(args.folds, 3),
            screening_percentile=args.screening,
            n_alphas=5,
            standardize=True,
            n_jobs=1,
            memory=None,
            verbose=0,
        )
        return model.fit(concat_imgs(images), target)


def judge(target, held, levels):
    """Score of predictions for maps that the model had not seen, and what guessing gives."""
    if levels:
        shares = [float(np.mean(held[target == level] == level)) for level in levels]
        return float(np.mean(shares)), 0.5, "balanced accuracy"
    predicted = held.astype(float)
    return float(1 - ((target - predicted) ** 2).sum() / ((target - target.mean()) ** 2).sum()), 0.0, "R2"


main()
