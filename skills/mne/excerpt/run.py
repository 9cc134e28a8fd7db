"""A stretch of a recording as a table (uV) and the positions of its electrodes (mm), for pictures."""

import argparse

import mne
import numpy as np
from eeg_io import load_raw, picks_of, rounded, versions
from skill_io import fail, write_json, write_tsv

STANDARD = "standard_1005"


def positions_of(info, picks):
    """Rows of name, x, y, z (mm, RAS) and where each is from: the recording, or its name in the 10-20 system."""
    montage = mne.channels.make_standard_montage(STANDARD)
    standard = {name.lower(): place for name, place in montage.get_positions()["ch_pos"].items()}
    rows, without = [], []
    for pick in picks:
        name, place = info.ch_names[pick], info["chs"][pick]["loc"][:3]
        if np.isfinite(place).all() and np.linalg.norm(place) > 1e-6:
            source = "recording"
        else:
            place, source = standard.get(name.strip().lower()), STANDARD
        if place is None:
            without.append(name)
        else:
            rows.append([name] + [rounded(value * 1000, 6) for value in place] + [source])
    return rows, without


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--start-s", type=float)
    parser.add_argument("--rate-hz", type=float, default=128.0)
    for flag in ("--positions", "--excerpt", "--report"):
        parser.add_argument(flag, required=True)
    args = parser.parse_args()
    raw = load_raw(args.input)
    picks = picks_of(raw.info, ("eeg", "eog"), exclude=())
    if not picks:
        fail("no EEG channel: nothing to show")
    length = raw.n_times / raw.info["sfreq"]
    seconds = min(args.seconds, length)
    start = (length - seconds) / 2 if args.start_s is None else args.start_s
    if start < 0 or start + seconds > length + 1e-6:
        fail(f"from {start:g} s for {seconds:g} s lies outside the recording of {length:g} s")
    rows, without = positions_of(raw.info, picks_of(raw.info, ("eeg",), exclude=()))
    part = raw.copy().crop(start, min(start + seconds, raw.times[-1])).pick(picks)
    if part.info["sfreq"] > args.rate_hz:
        part.resample(args.rate_hz)
    data = part.get_data() * 1e6
    times = start + np.arange(data.shape[1]) / part.info["sfreq"]
    write_tsv(args.positions, ["name", "x", "y", "z", "source"], rows)
    write_tsv(
        args.excerpt,
        ["time_s"] + part.ch_names,
        [[round(float(t), 6)] + [rounded(v, 6) for v in values] for t, values in zip(times, data.T)],
    )
    write_json(
        args.report,
        {
            "start_s": rounded(start),
            "seconds": rounded(seconds),
            "rate_hz": float(part.info["sfreq"]),
            "channels": len(part.ch_names),
            "bads": list(raw.info["bads"]),
            "positions": len(rows),
            "without_position": without,
            "from_names": sum(row[-1] == STANDARD for row in rows),
            "versions": versions(),
        },
    )


main()
