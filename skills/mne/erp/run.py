"""Average over trials for each condition, differences between conditions, and peaks in a window."""

import argparse

import mne
import numpy as np
from eeg_io import brain_picks, load_epochs, named_channels, repeatable, rounded, versions
from skill_io import fail, write_json, write_tsv


def peak(times, wave, polarity):
    """Time (s) and amplitude of the largest deflection; its sign counts unless the polarity is `either`."""
    value = {"positive": wave, "negative": -wave, "either": np.abs(wave)}[polarity]
    index = int(np.argmax(value))
    return times[index], wave[index], index in (0, len(wave) - 1)


def summary(data, named):
    """The mean of named channels; of all of them the global field power (Lehmann and Skrandies 1980), since the mean of
    all is zero by the average reference."""
    return ("mean", data.mean(axis=0)) if named else ("gfp", data.std(axis=0))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--contrasts", nargs="*", default=[])
    parser.add_argument("--channels", nargs="*", default=[])
    parser.add_argument("--window-s", type=float, nargs=2, default=[0.25, 0.5])
    parser.add_argument("--polarity", choices=["positive", "negative", "either"], default="positive")
    parser.add_argument("--min-trials", type=int, default=10)
    parser.add_argument("--evoked", required=True)
    parser.add_argument("--waves", required=True)
    parser.add_argument("--peaks", required=True)
    parser.add_argument("--report", required=True)
    args = parser.parse_args()

    epochs = load_epochs(args.input)
    low, high = args.window_s
    if not epochs.tmin - 1e-9 <= low < high <= epochs.tmax + 1e-9:
        fail(f"window_s is {low:g} to {high:g}; expected two times in order within the epoch, {epochs.tmin:g} to {epochs.tmax:g} s")
    names = named_channels(epochs.info, args.channels, "channels") or [epochs.ch_names[i] for i in brain_picks(epochs.info)]
    trials = {name: len(epochs[name]) for name in epochs.event_id}
    few = [f"{name} ({count})" for name, count in trials.items() if count < args.min_trials]
    if few:
        fail(f"too few trials: {', '.join(few)}; expected {args.min_trials} or more for an average (min_trials)")
    evokeds = {name: epochs[name].average(picks="all") for name in epochs.event_id}
    for text in args.contrasts:
        parts = text.split("-")
        # A name may hold the sign itself: of all ways to part it, the one that gives two conditions.
        pairs = [("-".join(parts[:k]), "-".join(parts[k:])) for k in range(1, len(parts))]
        fitting = [(a, b) for a, b in pairs if a in trials and b in trials]
        if len(fitting) != 1:
            fail(f"contrast {text}: expected A-B with two of the conditions {', '.join(trials)}")
        (a, b) = fitting[0]
        evokeds[f"{a}-{b}"] = mne.combine_evoked([evokeds[a], evokeds[b]], weights=[1, -1])
        evokeds[f"{a}-{b}"].comment = f"{a}-{b}"

    times = epochs.times
    inside = (times >= low - 1e-9) & (times <= high + 1e-9)
    if inside.sum() < 3:
        fail(f"window_s holds {int(inside.sum())} samples; expected 3 or more")
    rows, edges = [], 0
    for condition, evoked in evokeds.items():
        data = evoked.copy().pick(names).get_data() * 1e6
        waves = [(name, data[names.index(name)]) for name in names] + [summary(data, bool(args.channels))]
        for name, wave in waves:
            t, amplitude, at_edge = peak(times[inside], wave[inside], args.polarity)
            edges += at_edge
            rows.append([condition, name, round(float(t), 6), rounded(amplitude, 6), rounded(wave[inside].mean(), 6), "edge" if at_edge else "inside"])
    with_waves = [condition for condition in evokeds]
    table = [
        [condition, round(float(t), 6)] + [rounded(v, 6) for v in values]
        for condition in with_waves
        for t, values in zip(times, (evokeds[condition].copy().pick(names).get_data() * 1e6).T)
    ]
    with repeatable():
        mne.write_evokeds(args.evoked, list(evokeds.values()), overwrite=True, verbose="ERROR")
    write_tsv(args.waves, ["condition", "time_s"] + names, table)
    write_tsv(args.peaks, ["condition", "channel", "latency_s", "amplitude_uv", "mean_uv", "place"], rows)
    write_json(
        args.report,
        {
            "trials": trials,
            "conditions": list(evokeds),
            "window_s": [low, high],
            "polarity": args.polarity,
            "channels": len(names),
            "peaks_at_edge": edges,
            "peaks_of": "mean" if args.channels else "gfp",
            "peaks": {row[0]: {"latency_s": row[2], "amplitude_uv": row[3], "mean_uv": row[4]} for row in rows if row[1] in ("mean", "gfp")},
            "versions": versions(),
        },
    )


main()
