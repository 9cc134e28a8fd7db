"""Confounds of one BOLD run, in the names of fMRIPrep: motion, FD, DVARS, global signal, CompCor, cosines, outliers."""

import argparse

import numpy as np
from nilearn.image import resample_to_img
from masked_series import load_masked
from skill_io import fail, load, read_tsv, versions, write_json, write_tsv


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bold", required=True)
    parser.add_argument("--mask", required=True)
    parser.add_argument("--motion", required=True, help="framewise displacement and motion parameters, a row for each volume")
    parser.add_argument("--noise-mask")
    parser.add_argument("--repetition-time", type=float, required=True, help="s")
    parser.add_argument("--high-pass", type=float, default=128.0, help="s")
    parser.add_argument("--components", type=int, default=6)
    parser.add_argument("--fd-threshold", type=float, default=0.5, help="mm")
    parser.add_argument("--dvars-threshold", type=float, default=1.5, help="standardised DVARS")
    parser.add_argument("--confounds", required=True)
    parser.add_argument("--result", required=True)
    args = parser.parse_args()

    image, inside = load_masked(args.bold, args.mask)
    volumes = image.shape[3]
    table = read_tsv(args.motion)
    rows = len(next(iter(table.values()), []))
    if rows != volumes:
        fail(f"{args.motion}: {rows} rows for {volumes} volumes: a volume is missing in one of them, or they are of two runs")
    if "framewise_displacement" not in table:
        fail(f"{args.motion}: has no column framewise_displacement; it has {', '.join(table)}")
    if volumes < args.components + 4:
        fail(f"{args.bold}: {volumes} volumes, expected {args.components + 4} or more for {args.components} components")
    series = image.get_fdata(dtype=np.float64)[inside]
    series = series[series.std(axis=1) > 0]
    if series.shape[0] < args.components:
        fail(f"{args.mask}: {series.shape[0]} voxels change over time, expected {args.components} or more")
    columns = {"global_signal": series.mean(axis=0)}
    dvars, std_dvars = dvars_of(series)
    columns["dvars"], columns["std_dvars"] = dvars, std_dvars
    for name, cells in table.items():
        columns[name] = numbers(args.motion, name, cells)
    cosines = cosines_of(volumes, args.repetition_time, args.high_pass)
    loud, share_t = high_variance(series, cosines, args.components)
    columns |= {f"t_comp_cor_{index:02d}": component for index, component in enumerate(loud)}
    share_a = None
    noise = noise_region(args, image)
    if noise is not None:
        found = image.get_fdata(dtype=np.float64)[noise]
        quiet, share_a = principal(found[found.std(axis=1) > 0], cosines, args.components)
        columns |= {f"a_comp_cor_{index:02d}": component for index, component in enumerate(quiet)}
    columns |= {f"cosine{index:02d}": cosine for index, cosine in enumerate(cosines)}
    steady = non_steady(columns["global_signal"])
    for index in range(steady):
        columns[f"non_steady_state_outlier{index:02d}"] = spike(volumes, index)
    fd = columns["framewise_displacement"]
    with np.errstate(invalid="ignore"):
        moved = (fd > args.fd_threshold) | (std_dvars > args.dvars_threshold)
    for number, index in enumerate(np.flatnonzero(moved)):
        columns[f"motion_outlier{number:02d}"] = spike(volumes, index)
    write_tsv(args.confounds, list(columns), np.column_stack(list(columns.values())).tolist())
    write_json(
        args.result,
        {
            "volumes": volumes,
            "mask_voxels": int(inside.sum()),
            "fd_mean_mm": float(np.nanmean(fd)),
            "fd_median_mm": float(np.nanmedian(fd)),
            "fd_max_mm": float(np.nanmax(fd)),
            "fd_threshold_mm": args.fd_threshold,
            "fd_share_above": float(np.mean(fd[1:] > args.fd_threshold)),
            "dvars_median": float(np.nanmedian(dvars)),
            "std_dvars_median": float(np.nanmedian(std_dvars)),
            "std_dvars_max": float(np.nanmax(std_dvars)),
            "motion_outliers": int(moved.sum()),
            "non_steady_state_volumes": steady,
            "t_comp_cor_variance": share_t,
            "a_comp_cor_variance": share_a,
            "a_comp_cor_voxels": None if noise is None else int(noise.sum()),
            "columns": list(columns),
            "versions": versions("nilearn", "nibabel", "numpy"),
        },
    )


def numbers(path, name, cells):
    try:
        return np.array([np.nan if cell is None else float(cell) for cell in cells])
    except ValueError:
        fail(f"{path}: {name} holds words, expected numbers")


def spike(volumes, index):
    values = np.zeros(volumes)
    values[index] = 1
    return values


def dvars_of(series):
    """Root mean square change from volume to volume, of data whose median is 1000 (10 is 1 %; Power 2012), and the same
    over what the variance and the lag-1 autocorrelation of the voxels lead to expect (Nichols 2013; Afyouni 2018).
    `series` is (voxels, volumes); the first volume has no value."""
    scaled = series / np.median(series) * 1000
    quartiles = np.percentile(scaled, [25, 75], axis=1, method="lower")
    robust = (quartiles[1] - quartiles[0]) / 1.349
    kept = robust > 0
    scaled, robust = scaled[kept], robust[kept]
    if scaled.shape[0] == 0:
        fail("no voxel of the mask has a spread over time")
    centred = scaled - scaled.mean(axis=1, keepdims=True)
    lag1 = (centred[:, 1:] * centred[:, :-1]).sum(axis=1) / (centred**2).sum(axis=1)
    expected = (np.sqrt(2 * (1 - lag1)) * robust).mean()
    dvars = np.sqrt((np.diff(scaled, axis=1) ** 2).mean(axis=0))
    first = [np.nan]
    return np.concatenate([first, dvars]), np.concatenate([first, dvars / expected])


def cosines_of(volumes, tr, period):
    """Discrete cosines with periods above `period` s, as SPM and fMRIPrep have them: (count, volumes)."""
    count = int(np.floor(2 * volumes * tr / period))
    steps = np.pi * (2 * np.arange(volumes) + 1) / (2 * volumes)
    return np.sqrt(2 / volumes) * np.cos(np.outer(np.arange(1, count + 1), steps))


def filtered(series, cosines):
    """Without mean, and drift as the cosines have it; both are orthogonal."""
    centred = series - series.mean(axis=1, keepdims=True)
    return centred - (centred @ cosines.T) @ cosines if len(cosines) else centred


def high_variance(series, cosines, components):
    """tCompCor: components of the 2 % of voxels whose filtered series have the largest standard deviation."""
    sd = filtered(series, cosines).std(axis=1)
    count = max(components, int(np.ceil(0.02 * len(sd))))
    loudest = np.argsort(-sd, kind="stable")[:count]
    return principal(series[loudest], cosines, components)


def principal(series, cosines, components):
    """Principal components over time of filtered series, each voxel scaled to variance 1 (Behzadi 2007): components
    (count, volumes), of length 1, and the share of variance that they hold. Signs: the largest entry is positive."""
    if series.shape[0] < components:
        fail(f"{series.shape[0]} voxels with noise, expected {components} or more for as many components")
    values = filtered(series, cosines)
    sd = values.std(axis=1, keepdims=True)
    values = values[sd[:, 0] > 0] / sd[sd[:, 0] > 0]
    _, singular, rows = np.linalg.svd(values, full_matrices=False)
    found = rows[:components]
    signs = np.sign(found[np.arange(len(found)), np.abs(found).argmax(axis=1)])
    power = singular**2
    return found * signs[:, None], float(power[:components].sum() / power.sum())


def noise_region(args, image):
    if args.noise_mask is None:
        return None
    mask = load(args.noise_mask, 3)
    if mask.shape[:3] != image.shape[:3] or not np.allclose(mask.affine, image.affine, atol=1e-3):
        first = image.slicer[..., :1].slicer[..., 0]
        mask = resample_to_img(mask, first, interpolation="nearest", copy_header=True, force_resample=True)
    region = np.asanyarray(mask.dataobj).reshape(image.shape[:3]) > 0.5
    if not region.any():
        fail(f"{args.noise_mask}: no voxel above 0.5 on the grid of {args.bold}: expected both in one space")
    return region


def non_steady(signal):
    """Volumes at the start whose mean lies beyond 3.5 scaled median absolute deviations of the first 50."""
    start = signal[:50]
    apart = np.abs(start - np.median(start))
    spread = np.median(apart)
    if spread == 0:
        return 0
    beyond = 0.6745 * apart / spread > 3.5
    return int(np.argmin(beyond)) if not beyond.all() else 0


main()
