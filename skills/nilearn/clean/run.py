"""Confound regression, detrending, band-pass and scrubbing of one BOLD run."""

import argparse
import fnmatch

import numpy as np
from nilearn import signal
from masked_series import load_masked
from skill_io import fail, read_tsv, save_like, versions, write_json, write_tsv


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bold", required=True)
    parser.add_argument("--mask", required=True)
    parser.add_argument("--confounds")
    parser.add_argument("--confound-columns", nargs="+", default=["*"])
    parser.add_argument("--repetition-time", type=float, required=True)
    parser.add_argument("--high-pass", type=float, default=0.0, help="cut-off period, s; 0 is off")
    parser.add_argument("--low-pass", type=float, default=0.0, help="cut-off frequency, Hz; 0 is off")
    parser.add_argument("--fd-threshold", type=float, default=0.0, help="mm; 0 is off")
    parser.add_argument("--least-minutes", type=float, default=0.0)
    parser.add_argument("--no-detrend", action="store_true")
    parser.add_argument("--keep-mean", action="store_true")
    parser.add_argument("--cleaned", required=True)
    parser.add_argument("--kept", required=True)
    parser.add_argument("--result", required=True)
    args = parser.parse_args()

    image, inside = load_masked(args.bold, args.mask)
    volumes = image.shape[3]
    tr = args.repetition_time
    if args.low_pass >= 1 / (2 * tr):
        fail(f"a low-pass at {args.low_pass} Hz lies beyond Nyquist, {1 / (2 * tr):.6g} Hz")
    if args.low_pass > 0 and args.high_pass > 0 and args.low_pass <= 1 / args.high_pass:
        fail(f"the band from {1 / args.high_pass:.6g} Hz to {args.low_pass} Hz is empty")
    table = {} if args.confounds is None else read_tsv(args.confounds)
    names, confounds = chosen(args, table, volumes)
    keep = np.ones(volumes, bool)
    if args.fd_threshold > 0:
        if "framewise_displacement" not in table:
            fail("scrubbing needs confounds with a column framewise_displacement (mm)")
        fd = np.array([np.nan if cell is None else float(cell) for cell in table["framewise_displacement"]])
        keep = ~(fd > args.fd_threshold)
    kept = int(keep.sum())
    # What each stage takes from the kept volumes: confounds, the trend and mean, cosines below the high-pass and
    # frequencies above the low-pass (two a frequency).
    length = volumes * tr
    spent = (0 if confounds is None else confounds.shape[1]) + (1 if args.no_detrend else 2)
    if args.high_pass > 0:
        spent += int(2 * length / args.high_pass)
    if args.low_pass > 0:
        spent += int(volumes * max(0.0, 1 - 2 * tr * args.low_pass))
    left = kept - spent
    if left < 10:
        fail(f"{kept} of {volumes} volumes are kept and {spent} degrees of freedom are spent: {left} are left, expected 10 or more")
    if kept * tr < args.least_minutes * 60:
        fail(f"{kept * tr / 60:.2f} minutes are kept of {length / 60:.2f}, expected {args.least_minutes} or more")
    series = image.get_fdata(dtype=np.float64)[inside].T
    means = series[keep].mean(axis=0)
    cleaned = signal.clean(
        series,
        confounds=confounds,
        sample_mask=None if keep.all() else np.flatnonzero(keep),
        detrend=not args.no_detrend,
        standardize=None,
        filter="butterworth" if args.low_pass > 0 or args.high_pass > 0 else False,
        low_pass=args.low_pass or None,
        high_pass=1 / args.high_pass if args.high_pass > 0 else None,
        t_r=tr,
    )
    if args.keep_mean:
        cleaned = cleaned - cleaned.mean(axis=0) + means
    result = np.zeros(image.shape[:3] + (kept,), np.float32)
    result[inside] = cleaned.T
    save_like(result, image, args.cleaned)
    write_tsv(args.kept, ["volume", "kept"], [[index, int(on)] for index, on in enumerate(keep)])
    write_json(
        args.result,
        {
            "volumes": volumes,
            "volumes_kept": kept,
            "volumes_censored": volumes - kept,
            "minutes_kept": kept * tr / 60,
            "degrees_of_freedom_left": left,
            "confounds": names,
            "variance_left": float(np.mean(cleaned.var(axis=0)) / max(np.mean(series[keep].var(axis=0)), 1e-300)),
            "versions": versions("nilearn", "nibabel", "numpy", "scipy"),
        },
    )


def chosen(args, table, volumes):
    names = [
        name
        for name in table
        if any(fnmatch.fnmatchcase(name, glob) for glob in args.confound_columns)
        and (name != "framewise_displacement" or "framewise_displacement" in args.confound_columns)
    ]
    if args.confounds is not None and not names and args.fd_threshold <= 0:
        fail(f"{args.confounds}: no column fits {', '.join(args.confound_columns)}; it has {', '.join(table)}")
    columns = []
    for name in names:
        cells = table[name]
        if len(cells) != volumes:
            fail(f"{args.confounds}: {len(cells)} rows for {volumes} volumes")
        try:
            values = np.array([np.nan if cell is None else float(cell) for cell in cells])
        except ValueError:
            fail(f"{args.confounds}: {name} holds words, expected numbers")
        if np.isnan(values[2:]).any() or np.isnan(values).all():
            fail(f"{args.confounds}: {name} has n/a beyond its first rows")
        columns.append(np.where(np.isnan(values), np.nanmean(values), values))
    return names, np.column_stack(columns) if columns else None


main()
