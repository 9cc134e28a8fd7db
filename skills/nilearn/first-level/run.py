"""First-level GLM over the runs of one participant: fixed effects of contrasts that are named by conditions."""

import argparse
import re
import warnings

import numpy as np
import pandas as pd
from nilearn.glm.contrasts import compute_fixed_effect_contrast
from nilearn.glm.first_level import FirstLevelModel
from skill_io import fail, load, read_tsv, same_grid, save_like, versions, write_json, write_tsv


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bold", nargs="+", required=True)
    parser.add_argument("--designs", nargs="+", required=True)
    parser.add_argument("--mask")
    parser.add_argument("--contrast", action="append", required=True)
    parser.add_argument("--noise-model", choices=["ar1", "ols"], default="ar1")
    parser.add_argument("--smoothing-fwhm", type=float, default=0.0)
    parser.add_argument("--percent-signal", action="store_true")
    for name in ("effect", "variance", "t", "z", "r2", "residual-sd", "used-mask", "mean", "contrasts", "result"):
        parser.add_argument(f"--{name}", required=True, dest=f"out_{name.replace('-', '_')}")
    args = parser.parse_args()

    if len(args.bold) != len(args.designs):
        fail(f"{len(args.bold)} runs and {len(args.designs)} design matrices, expected one for each run")
    images = [load(path, 4) for path in args.bold]
    for path, image in zip(args.bold[1:], images[1:]):
        same_grid(images[0], image, f"{args.bold[0]} and {path}")
    designs = [read_design(path, image.shape[3]) for path, image in zip(args.designs, images)]
    known = list(dict.fromkeys(name for design in designs for name in design.columns))
    contrasts = [parse_contrast(text, known) for text in args.contrast]
    names = [name for name, _ in contrasts]
    if len(set(names)) < len(names):
        fail(f"two contrasts have one name: {', '.join(names)}; expected name=expression for each")
    mask = None
    if args.mask is not None:
        mask = load(args.mask, 3)
        same_grid(images[0], mask, f"{args.bold[0]} and {args.mask}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = FirstLevelModel(
            t_r=float(images[0].header.get_zooms()[3]) or 1.0,
            mask_img=mask if mask is not None else common_mask(images),
            smoothing_fwhm=args.smoothing_fwhm or None,
            signal_scaling=0 if args.percent_signal else False,
            noise_model=args.noise_model,
            standardize=False,
            minimize_memory=False,
            n_jobs=1,
            reports=False,
        ).fit(images, design_matrices=designs)
        inside = np.asanyarray(model.masker_.mask_img_.dataobj) > 0
        maps = {kind: [] for kind in ("effect", "variance", "t", "z")}
        rows = []
        for index, (name, weights) in enumerate(contrasts):
            vectors, used, problems = zip(*(vector_of(weights, design) for design in designs))
            if not any(used):
                fail(f"contrast {name}: {problems[0]}")
            estimate = compute_fixed_effect_contrast(
                [labels for labels, on in zip(model.labels_, used) if on],
                [results for results, on in zip(model.results_, used) if on],
                [vector for vector, on in zip(vectors, used) if on],
                "t",
            )
            maps["effect"].append(estimate.effect_size().ravel())
            maps["variance"].append(estimate.effect_variance().ravel())
            maps["t"].append(estimate.stat().ravel())
            maps["z"].append(estimate.z_score().ravel())
            expression = " ".join(f"{weight:+.6g}*{column}" for column, weight in weights.items())
            rows.append([index, name, expression, sum(used), ",".join(str(i + 1) for i, on in enumerate(used) if on)])
        r2 = np.mean([to_values(model, image) for image in model.r_square], axis=0)
        residual = np.sqrt(
            sum(np.square(to_values(model, image)).sum(axis=0) for image in model.residuals)
            / sum(design.shape[0] - np.linalg.matrix_rank(design.to_numpy()) for design in designs)
        )

    reference = images[0]
    for kind, values in maps.items():
        volumes = [fill(inside, value) for value in values]
        stacked = volumes[0] if len(volumes) == 1 else np.stack(volumes, axis=-1)
        save_like(stacked, reference, getattr(args, f"out_{kind}"))
    save_like(fill(inside, np.clip(r2.ravel(), 0, 1)), reference, args.out_r2)
    save_like(fill(inside, residual.ravel()), reference, args.out_residual_sd)
    save_like(inside, reference, args.out_used_mask)
    means = [np.asanyarray(image.dataobj).mean(axis=3, dtype=np.float64) for image in images]
    save_like(np.mean(means, axis=0), reference, args.out_mean)
    write_tsv(args.out_contrasts, ["volume", "contrast", "expression", "runs", "run_numbers"], rows)
    write_json(
        args.out_result,
        {
            "runs": len(images),
            "volumes": [int(image.shape[3]) for image in images],
            "columns": [list(design.columns) for design in designs],
            "degrees_of_freedom": [
                int(design.shape[0] - np.linalg.matrix_rank(design.to_numpy())) for design in designs
            ],
            "mask_voxels": int(inside.sum()),
            "mask": "given" if mask is not None else "computed from the mean images",
            "noise_model": args.noise_model,
            "units": "percent of the mean of each run" if args.percent_signal else "units of the images",
            "r2_median": float(np.median(r2)),
            "contrasts": {
                row[1]: {
                    "expression": row[2],
                    "runs": row[3],
                    "peak_z": float(np.max(z)),
                    "lowest_z": float(np.min(z)),
                }
                for row, z in zip(rows, maps["z"])
            },
            "versions": versions("nilearn", "nibabel", "numpy", "scipy"),
        },
    )


def to_values(model, image):
    return np.atleast_2d(model.masker_.transform(image))


def fill(inside, values):
    volume = np.zeros(inside.shape)
    volume[inside] = values
    return volume


def common_mask(images):
    from nilearn.masking import compute_multi_epi_mask

    try:
        return compute_multi_epi_mask(images, opening=1 if min(images[0].shape[:3]) > 4 else 0, threshold=1)
    except Exception as error:
        fail(f"no mask can be computed from the runs ({error}); give one")


def read_design(path, volumes):
    table = read_tsv(path)
    try:
        design = pd.DataFrame({name: np.array(cells, float) for name, cells in table.items()})
    except (TypeError, ValueError):
        fail(f"{path}: holds n/a or words, expected numbers")
    if "frame_time" in design:
        design = design.drop(columns="frame_time")
    if design.shape[0] != volumes:
        fail(f"{path}: {design.shape[0]} rows for {volumes} volumes")
    if not np.isfinite(design.to_numpy()).all():
        fail(f"{path}: holds values that are not finite")
    return design


def parse_contrast(text, known):
    """`face-house`, `faces=0.5*face+0.5*cat-house`: weights by column, and the name."""
    name, equals, expression = text.partition("=")
    if not equals:
        name = expression = text
    weights = {}
    rest = expression.strip()
    first = True
    while rest:
        match = re.match(r"([+-]?)\s*(?:(\d+(?:\.\d*)?|\.\d+)\s*\*\s*)?", rest)
        sign, factor = match.group(1), match.group(2)
        if not first and sign == "":
            fail(f"contrast {text!r}: expected + or - before {rest!r}")
        rest = rest[match.end() :]
        column = max((known_name for known_name in known if rest.startswith(known_name)), key=len, default=None)
        if column is None or re.match(r"[A-Za-z0-9_]", rest[len(column) :]):
            word = re.match(r"[^+\-*\s]*", rest).group(0) or rest
            fail(f"contrast {text!r}: there is no {word!r}; the designs have {', '.join(listed(known))}")
        weights[column] = weights.get(column, 0.0) + (-1 if sign == "-" else 1) * float(factor or 1)
        rest = rest[len(column) :].strip()
        first = False
    if not any(weights.values()):
        fail(f"contrast {text!r}: has no weight that is not 0")
    return name.strip(), weights


def listed(known):
    nuisance = re.compile(r"^(drift_\d+|constant)$")
    return [name for name in known if not nuisance.match(name)] or known


def vector_of(weights, design):
    """Weights in the order of the design; whether the run can estimate the contrast; why not."""
    missing = [name for name in weights if name not in design.columns]
    if missing:
        return None, False, f"no run has all of {', '.join(weights)}"
    vector = np.array([weights.get(name, 0.0) for name in design.columns])
    matrix = design.to_numpy()
    # Estimable: the contrast lies in the row space of the design (Friston et al. 2007, chapter 8).
    projected = np.linalg.pinv(matrix) @ (matrix @ vector)
    if not np.allclose(projected, vector, atol=1e-6 * np.abs(vector).max()):
        return None, False, "its columns cannot be told apart from others of the design"
    return vector, True, ""


main()
