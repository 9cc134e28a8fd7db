"""Finds eye blinks by ICA and takes them out; refuses where no component behaves like a blink."""

import argparse

import mne
import numpy as np
from eeg_io import (
    VOLTAGES,
    brain_picks,
    load_raw,
    named_channels,
    one_line,
    picks_of,
    robust_z,
    rounded,
    save,
    versions,
)
from scipy.signal import find_peaks
from skill_io import fail, write_json, write_tsv

# Over the eyes in the 10-20 and 10-10 systems; F7, F8 and Fz see blinks, too, but much else as well.
FRONTAL = ("Fp1", "Fp2", "Fpz", "AF7", "AF8")


def blink_channels(raw, asked):
    """Channels that see blinks: those named, else EOG and the good EEG channels over the eyes."""
    if asked:
        return named_channels(raw.info, asked, "eog"), "named"
    eog = [raw.ch_names[i] for i in picks_of(raw.info, ("eog",))]
    good = {raw.ch_names[i].lower(): raw.ch_names[i] for i in brain_picks(raw.info)}
    frontal = [good[name.lower()] for name in FRONTAL if name.lower() in good]
    if not eog + frontal:
        fail("no EOG channel and none over the eyes (Fp1, Fp2, ...); expected one: give its name by `eog`, or its type in channels.tsv")
    return eog + frontal, "eog and frontal" if eog and frontal else "eog" if eog else "frontal"


def blinks_per_minute(wave, rate):
    """Deflections beyond 4 robust standard deviations that are 0.3 s or more apart, of the sign that has more of them."""
    z = robust_z(wave)
    counts = [len(find_peaks(sign * z, height=4, distance=max(1, int(0.3 * rate)))[0]) for sign in (1, -1)]
    return max(counts) * 60 * rate / len(wave)


def rank_of(data):
    """How many dimensions channels x samples have: singular values above a thousandth of the largest."""
    thin = data[:, :: max(1, data.shape[1] // 20000)]
    thin = (thin - thin.mean(axis=1, keepdims=True)) / np.maximum(thin.std(axis=1, keepdims=True), 1e-12)
    values = np.linalg.svd(thin @ thin.T, compute_uv=False) ** 0.5
    return int((values > 1e-3 * values[0]).sum()) if values[0] > 0 else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--eog", nargs="*", default=[])
    parser.add_argument("--components", type=int, default=0)
    parser.add_argument("--threshold", type=float, default=0.6)
    parser.add_argument("--max-removed", type=int, default=3)
    parser.add_argument("--if-none", choices=["refuse", "keep"], default="refuse")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--raw", required=True)
    parser.add_argument("--ica", required=True)
    parser.add_argument("--table", required=True)
    parser.add_argument("--report", required=True)
    args = parser.parse_args()

    raw = load_raw(args.input)
    channels, source = blink_channels(raw, args.eog)
    picks = brain_picks(raw.info)
    # An average reference, or an interpolated channel, costs a dimension: components beyond the rank are noise.
    rank = rank_of(raw.get_data(picks=picks))
    if args.components > rank:
        fail(f"components is {args.components}; expected at most {rank}, the rank of {len(picks)} EEG channels")
    count = args.components or min(rank, 30)
    # About 20 samples for each weight of the matrix that is to be found.
    if raw.n_times < 20 * count * count:
        fail(
            f"{raw.n_times} samples for {count} components; expected at least {20 * count * count} "
            "(20 for each squared component): take fewer components"
        )
    # Drift below 1 Hz spoils the decomposition; the components found are then taken out of the data as they are.
    fit = raw.copy().filter(1.0, None, picks=picks_of(raw.info, VOLTAGES, exclude=None), verbose="ERROR")
    ica = mne.preprocessing.ICA(n_components=count, method="fastica", random_state=args.seed, max_iter=1000)
    try:
        ica.fit(fit, picks=picks, verbose="ERROR")
    except Exception as error:
        fail(f"the decomposition failed: {one_line(error)}")
    if ica.n_iter_ >= 1000:
        fail("the decomposition did not converge in 1000 steps; expected fewer components or a longer recording")

    scores = np.zeros((count, len(channels)))
    # Blinks live between 1 and 10 Hz, where find_bads_eog compares, too.
    sources = mne.filter.filter_data(ica.get_sources(fit).get_data(), raw.info["sfreq"], 1, 10, verbose="ERROR")
    eye = mne.filter.filter_data(fit.get_data(picks=channels), raw.info["sfreq"], 1, 10, verbose="ERROR")
    for k in range(count):
        for c in range(len(channels)):
            scores[k, c] = np.corrcoef(sources[k], eye[c])[0, 1]
    best = np.abs(scores).max(axis=1)
    order = np.argsort(-best)
    # A frontal electrode with a poor contact correlates with its own component, too: blinks come and go.
    rates = [blinks_per_minute(source, raw.info["sfreq"]) for source in sources]
    found = [int(k) for k in order if best[k] >= args.threshold and rates[k] >= 1][: args.max_removed]
    if not found and args.if_none == "refuse":
        fail(
            f"no component behaves like a blink: the best correlates {best[order[0]]:.2f} with {', '.join(channels)} "
            f"and deflects {rates[order[0]]:.1f} times a minute; expected {args.threshold:g} or more, and once or more. Nothing was removed: leave this step out, lower `threshold`, or "
            "name the EOG channel"
        )
    before = raw.get_data(picks=picks)
    ica.exclude = found
    if found:
        ica.apply(raw, exclude=found, verbose="ERROR")
    after = raw.get_data(picks=picks)
    total = before.var(axis=1).sum()
    save(raw, args.raw)
    save(ica, args.ica)
    rows = [
        [k, "removed" if k in found else "kept", rounded(best[k], 5), rounded(rates[k], 5)] + [rounded(s, 5) for s in scores[k]]
        for k in range(count)
    ]
    write_tsv(args.table, ["component", "status", "correlation_max", "deflections_per_minute"] + [f"correlation_{c}" for c in channels], rows)
    write_json(
        args.report,
        {
            "components": count,
            "rank": rank,
            "removed": found,
            "removed_count": len(found),
            "blink_channels": channels,
            "blink_channels_from": source,
            "threshold": args.threshold,
            "best_correlation": rounded(best[order[0]], 5),
            "variance_removed": rounded(1 - after.var(axis=1).sum() / total, 5) if found else 0.0,
            "blinks_per_minute": rounded(rates[found[0]], 5) if found else 0.0,
            "iterations": int(ica.n_iter_),
            "seed": args.seed,
            "versions": versions(),
        },
    )


main()
