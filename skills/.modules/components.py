"""What decompositions of BOLD runs into spatial components share: reading the runs, writing maps and time courses."""

import warnings

import numpy as np
from skill_io import fail, load, same_grid, save_like, versions, write_json, write_tsv


def prepare(args):
    """Runs and mask, on one grid; each run longer than the number of components, and changing."""
    images = [load(path, 4) for path in args.bold]
    mask = load(args.mask, 3)
    inside = np.asanyarray(mask.dataobj) > 0
    if not inside.any():
        fail(f"{args.mask}: the mask is empty")
    for path, image in zip(args.bold, images):
        same_grid(image, mask, f"{path} and {args.mask}")
        if image.shape[3] <= args.components:
            fail(f"{path}: {image.shape[3]} volumes, expected more than the {args.components} components")
        if (np.asanyarray(image.dataobj)[inside].std(axis=1) == 0).all():
            fail(f"{path}: no voxel of the mask changes over time")
    if inside.sum() <= args.components:
        fail(f"{args.mask}: {int(inside.sum())} voxels, expected more than the {args.components} components")
    return images, mask


def write_components(model, images, mask, args, more):
    """Fits, and writes maps of largest absolute value 1 whose strongest voxel is positive (x, y, z, component), the
    least-squares time courses of all maps in each run (a row for each volume), and how much variance they explain."""
    inside = np.asanyarray(mask.dataobj) > 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(images)
    found = np.asanyarray(model.components_img_.dataobj, dtype=np.float64).reshape(inside.shape + (-1,))[inside]
    peaks = found[np.abs(found).argmax(axis=0), np.arange(found.shape[1])]
    maps = found[:, peaks != 0] / peaks[peaks != 0]
    if maps.shape[1] == 0:
        fail("no component was found; expected more volumes, or a smaller sparsity")
    rows, shares = [], []
    design = np.column_stack([maps, np.ones(len(maps))])
    for number, image in enumerate(images, start=1):
        series = image.get_fdata(dtype=np.float64)[inside]
        series = series - series.mean(axis=1, keepdims=True)
        weights = np.linalg.lstsq(design, series, rcond=None)[0]
        shares.append(1 - ((series - design @ weights) ** 2).sum() / (series**2).sum())
        rows += [[number, volume, *row] for volume, row in enumerate(weights[:-1].T.tolist())]
    volume = np.zeros(inside.shape + (maps.shape[1],))
    volume[inside] = maps
    save_like(volume, images[0].slicer[..., :1].slicer[..., 0], args.out_components)
    names = [f"component{index:02d}" for index in range(maps.shape[1])]
    write_tsv(args.timeseries, ["run", "volume", *names], rows)
    write_json(
        args.result,
        {
            "runs": len(images),
            "components": maps.shape[1],
            "components_asked": args.components,
            "variance_explained": [float(np.clip(share, 0, 1)) for share in shares],
            "seed": args.seed,
            **more,
            "versions": versions("nilearn", "sklearn", "nibabel", "numpy"),
        },
    )
