"""Marks bad EEG channels: flat, of another amplitude than the rest, unlike all others, or full of line noise.

Criteria of the PREP pipeline (Bigdely-Shamlo et al. 2015) without its random sampling: the same data, the same answer.
"""

import argparse

import numpy as np
from eeg_io import brain_picks, load_raw, robust_z, rounded, save, versions
from scipy.signal import welch
from skill_io import fail, write_json, write_tsv


def correlations(data, rate, window_s):
    """windows x channels: the 98th percentile of each channel's absolute correlations with the others (PREP)."""
    size = int(round(window_s * rate))
    windows = data.shape[1] // size
    result = []
    for k in range(windows):
        piece = data[:, k * size : (k + 1) * size]
        spread = piece.std(axis=1)
        ok = spread > 0
        matrix = np.zeros((len(data), len(data)))
        if ok.sum() > 1:
            matrix[np.ix_(ok, ok)] = np.abs(np.corrcoef(piece[ok]))
        np.fill_diagonal(matrix, np.nan)
        result.append(np.nanpercentile(matrix, 98, axis=1))
    return np.array(result)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--flat-uv", type=float, default=0.5)
    parser.add_argument("--deviation-z", type=float, default=5.0)
    parser.add_argument("--correlation", type=float, default=0.4)
    parser.add_argument("--correlation-fraction", type=float, default=0.05)
    parser.add_argument("--line-hz", type=float, default=0.0)
    parser.add_argument("--line-z", type=float, default=5.0)
    parser.add_argument("--max-bad-fraction", type=float, default=0.4)
    parser.add_argument("--raw", required=True)
    parser.add_argument("--table", required=True)
    parser.add_argument("--report", required=True)
    args = parser.parse_args()

    raw = load_raw(args.input)
    picks = brain_picks(raw.info)
    if len(picks) < 8:
        fail(f"{len(picks)} good EEG channels; expected 8 or more: fewer say nothing about what is usual")
    rate = float(raw.info["sfreq"])
    if raw.n_times < 10 * rate:
        fail(f"the recording has {raw.n_times / rate:.1f} s; expected 10 s or more")
    if args.line_hz and args.line_hz >= rate / 2 - 1:
        fail(f"line_hz is {args.line_hz:g}; expected below {rate / 2 - 1:g} Hz, or 0 to leave line noise out")
    names = [raw.ch_names[i] for i in picks]
    # Slow drift and, for likeness, fast noise say nothing about the contact of an electrode.
    slow = raw.copy().filter(1.0, None, picks=picks, verbose="ERROR").get_data(picks=picks)
    band = raw.copy().filter(1.0, min(50.0, rate / 2 - 1), picks=picks, verbose="ERROR").get_data(picks=picks)

    amplitude_uv = 1e6 * 0.7413 * (np.percentile(slow, 75, axis=1) - np.percentile(slow, 25, axis=1))
    amplitude_z = robust_z(np.log(np.maximum(amplitude_uv, 1e-3)))
    likeness = correlations(band, rate, 1.0)
    unlike = (likeness < args.correlation).mean(axis=0)
    line_z = np.zeros(len(picks))
    if args.line_hz:
        frequency, density = welch(slow, rate, nperseg=int(2 * rate))
        line = density[:, np.abs(frequency - args.line_hz) <= 1].sum(axis=1)
        rest = density[:, (frequency >= 1) & (frequency <= min(45, args.line_hz - 3))].sum(axis=1)
        line_z = robust_z(np.log(np.maximum(line, 1e-30) / np.maximum(rest, 1e-30)))

    rows, bad = [], []
    for k, name in enumerate(names):
        reasons = []
        if amplitude_uv[k] < args.flat_uv:
            reasons.append("flat")
        elif abs(amplitude_z[k]) > args.deviation_z:
            reasons.append("amplitude")
        if unlike[k] > args.correlation_fraction:
            reasons.append("correlation")
        if line_z[k] > args.line_z:
            reasons.append("line")
        if reasons:
            bad.append(name)
        rows.append(
            [name, "bad" if reasons else "good", "+".join(reasons) or "n/a"]
            + [rounded(v, 5) for v in (amplitude_uv[k], amplitude_z[k], unlike[k], np.median(likeness[:, k]), line_z[k])]
        )
    if len(bad) > args.max_bad_fraction * len(names):
        fail(
            f"{len(bad)} of {len(names)} EEG channels would be bad ({', '.join(bad[:12])}); expected at most "
            f"{args.max_bad_fraction:.0%}: look at the recording, its filter and its channel types first"
        )
    before = list(raw.info["bads"])
    raw.info["bads"] = before + bad
    save(raw, args.raw)
    columns = ["name", "status", "status_description", "amplitude_uv", "amplitude_z", "unlike_fraction", "correlation_median", "line_z"]
    write_tsv(args.table, columns, rows)
    write_json(
        args.report,
        {"channels": len(names), "bad": bad, "bad_count": len(bad), "bad_before": before, "line_hz": args.line_hz, "versions": versions()},
    )


main()
