"""Design matrix of one run: events convolved with a haemodynamic response, confounds, drift, constant."""

import argparse
import fnmatch

import numpy as np
import pandas as pd
from nilearn.glm.first_level import make_first_level_design_matrix
from skill_io import fail, load, read_tsv, versions, write_json, write_tsv

MODELS = {
    "spm": "spm",
    "spm-derivative": "spm + derivative",
    "spm-derivative-dispersion": "spm + derivative + dispersion",
    "glover": "glover",
    "glover-derivative": "glover + derivative",
    "glover-derivative-dispersion": "glover + derivative + dispersion",
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bold", required=True)
    parser.add_argument("--events", required=True)
    parser.add_argument("--confounds")
    parser.add_argument("--confound-columns", nargs="+", default=["*"])
    parser.add_argument("--repetition-time", type=float, required=True)
    parser.add_argument("--slice-time-reference", type=float, default=0.0)
    parser.add_argument("--hrf-model", choices=list(MODELS), default="spm")
    parser.add_argument("--drift-model", choices=["cosine", "polynomial", "none"], default="cosine")
    parser.add_argument("--high-pass", type=float, default=128.0, help="cut-off period, s")
    parser.add_argument("--drift-order", type=int, default=1)
    parser.add_argument("--design", required=True)
    parser.add_argument("--result", required=True)
    args = parser.parse_args()

    image = load(args.bold, 4)
    volumes = image.shape[3]
    tr = args.repetition_time
    check_header(image, tr, args.bold)
    events = read_events(args.events, volumes * tr)
    frame_times = (np.arange(volumes) + args.slice_time_reference) * tr
    confounds = read_confounds(args, volumes)
    design = make_first_level_design_matrix(
        frame_times,
        events,
        hrf_model=MODELS[args.hrf_model],
        drift_model=None if args.drift_model == "none" else args.drift_model,
        high_pass=1.0 / args.high_pass,
        drift_order=args.drift_order,
        add_regs=confounds,
    )
    values = design.to_numpy(float)
    rank = int(np.linalg.matrix_rank(values))
    if rank >= volumes:
        fail(f"the design has {values.shape[1]} columns and {volumes} volumes: no degrees of freedom are left for noise")
    names = [str(name) for name in design.columns]
    write_tsv(
        args.design,
        ["frame_time", *names],
        [[float(time), *map(float, row)] for time, row in zip(frame_times, values)],
    )
    conditions = sorted(events["trial_type"].unique())
    scaled = values / np.maximum(np.linalg.norm(values, axis=0), 1e-300)
    write_json(
        args.result,
        {
            "volumes": volumes,
            "repetition_time_s": tr,
            "columns": names,
            "conditions": conditions,
            "events": {name: int((events["trial_type"] == name).sum()) for name in conditions},
            "confounds": [] if confounds is None else list(confounds.columns),
            "rank": rank,
            "degrees_of_freedom": volumes - rank,
            "condition_number": float(np.linalg.cond(scaled)) if rank == values.shape[1] else None,
            "versions": versions("nilearn", "numpy", "pandas"),
        },
    )


def check_header(image, tr, path):
    """The header is the cross-check of the sidecar, never its substitute."""
    unit = image.header.get_xyzt_units()[1]
    said = float(image.header.get_zooms()[3]) * {"msec": 1e-3, "usec": 1e-6}.get(unit, 1.0)
    if said > 0 and abs(said - tr) > 1e-3:
        fail(f"{path}: the header says a repetition time of {said:.6g} s, expected {tr:.6g} s as given")


def read_events(path, length):
    table = read_tsv(path)
    for column in ("onset", "duration", "trial_type"):
        if column not in table:
            fail(f"{path}: has no column {column}")
    onsets = [number(path, "onset", text) for text in table["onset"]]
    durations = [number(path, "duration", text) for text in table["duration"]]
    if not onsets:
        fail(f"{path}: has no events")
    for line, (onset, duration, kind) in enumerate(zip(onsets, durations, table["trial_type"]), start=2):
        if kind is None:
            fail(f"{path}: line {line} has no trial_type")
        if duration < 0:
            fail(f"{path}: line {line} has a duration of {duration} s")
        if onset >= length or onset + duration <= -24:
            hint = "; are the onsets in milliseconds?" if onset / 1000 < length and onset > 10 * length else ""
            fail(f"{path}: line {line} starts at {onset} s, outside the run of {length:.6g} s{hint}")
        if onset + duration > length + 60:
            fail(f"{path}: line {line} ends at {onset + duration} s, the run at {length:.6g} s: expected durations in seconds")
    return pd.DataFrame({"onset": onsets, "duration": durations, "trial_type": table["trial_type"]})


def number(path, column, text):
    try:
        value = float(text)
    except (TypeError, ValueError):
        value = float("nan")
    if not np.isfinite(value):
        fail(f"{path}: {column} is {'n/a' if text is None else text}, expected seconds")
    return value


def read_confounds(args, volumes):
    """The chosen columns, centred and scaled to a standard deviation of 1. `n/a` at the start (derivatives) becomes the
    mean; anywhere else it is refused."""
    if args.confounds is None:
        return None
    table = read_tsv(args.confounds)
    chosen = [name for name in table if any(fnmatch.fnmatchcase(name, glob) for glob in args.confound_columns)]
    if not chosen:
        fail(f"{args.confounds}: no column fits {', '.join(args.confound_columns)}; it has {', '.join(table)}")
    columns = {}
    for name in chosen:
        cells = table[name]
        if len(cells) != volumes:
            fail(f"{args.confounds}: {len(cells)} rows for {volumes} volumes")
        known = [index for index, cell in enumerate(cells) if cell is not None]
        if not known or any(cell is None for cell in cells[known[0] :]) or known[0] > 2:
            fail(f"{args.confounds}: {name} has n/a beyond its first rows")
        values = np.array([np.nan if cell is None else number(args.confounds, name, cell) for cell in cells])
        mean, scale = np.nanmean(values), np.nanstd(values)
        if scale > 1e-12:
            columns[name] = np.nan_to_num((values - mean) / scale)
    return pd.DataFrame(columns) if columns else None


main()
