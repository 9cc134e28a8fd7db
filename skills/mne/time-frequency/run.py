"""Power over time and frequency by Morlet wavelets, averaged over trials, in dB of the baseline."""

import argparse

import numpy as np
from eeg_io import brain_picks, load_epochs, named_channels, rounded, versions
from mne.time_frequency import tfr_array_morlet
from skill_io import fail, write_json, write_tsv


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--fmin-hz", type=float, default=4.0)
    parser.add_argument("--fmax-hz", type=float, default=30.0)
    parser.add_argument("--frequencies", type=int, default=14)
    parser.add_argument("--cycles", type=float, default=4.0)
    parser.add_argument("--baseline-s", type=float, nargs=2, required=True)
    parser.add_argument("--channels", nargs="*", default=[])
    parser.add_argument("--step-s", type=float, default=0.02)
    parser.add_argument("--power", required=True)
    parser.add_argument("--report", required=True)
    args = parser.parse_args()

    epochs = load_epochs(args.input)
    rate = float(epochs.info["sfreq"])
    if not 0 < args.fmin_hz < args.fmax_hz < rate / 2:
        fail(f"fmin_hz is {args.fmin_hz:g} and fmax_hz {args.fmax_hz:g}; expected in order, above 0 and below {rate / 2:g} Hz")
    # Closer to an end than two standard deviations of the wavelet, zeros beyond the epoch take part: no value there.
    margins = 2 * args.cycles / (2 * np.pi * np.geomspace(args.fmin_hz, args.fmax_hz, args.frequencies))
    low, high = args.baseline_s
    if not epochs.tmin - 1e-9 <= low < high <= epochs.tmax + 1e-9:
        fail(f"baseline_s is {low:g} to {high:g}; expected two times in order within the epoch, {epochs.tmin:g} to {epochs.tmax:g} s")
    names = named_channels(epochs.info, args.channels, "channels") or [epochs.ch_names[i] for i in brain_picks(epochs.info)]
    frequencies = np.geomspace(args.fmin_hz, args.fmax_hz, args.frequencies)
    step = max(1, int(round(args.step_s * rate)))
    times = epochs.times[::step]
    base = (times >= low - 1e-9) & (times <= high + 1e-9)
    valid = (times[None] >= epochs.tmin + margins[:, None]) & (times[None] <= epochs.tmax - margins[:, None])
    if (valid & base).sum(axis=1).min() < 2:
        fail(
            f"at {args.fmin_hz:g} Hz the wavelet reaches {margins[0]:.2f} s to either side, so that the baseline, {low:g} to "
            f"{high:g} s of an epoch of {epochs.tmin:g} to {epochs.tmax:g} s, has no value; expected longer epochs, fewer "
            "cycles, a higher fmin_hz or a later baseline"
        )
    rows, peaks = [], {}
    for condition in epochs.event_id:
        data = epochs[condition].get_data(picks=names)
        if len(data) < 5:
            fail(f"{condition} has {len(data)} trials; expected 5 or more")
        power = tfr_array_morlet(data, rate, frequencies, n_cycles=args.cycles, output="avg_power", decim=step, zero_mean=True, n_jobs=1)
        inside = np.where(valid & base, power, np.nan)
        baseline = np.nanmean(inside, axis=2, keepdims=True)
        # Density of power in uV2/Hz is not defined for a wavelet without its bandwidth: a ratio needs none.
        decibel = 10 * np.log10(power / baseline).mean(axis=0)
        rows += [
            [condition, rounded(f, 6), round(float(t), 6), rounded(decibel[i, j], 5) if valid[i, j] else None]
            for i, f in enumerate(frequencies)
            for j, t in enumerate(times)
        ]
        i, j = np.unravel_index(int(np.argmax(np.where(valid, np.abs(decibel), 0))), decibel.shape)
        peaks[condition] = {"frequency_hz": rounded(frequencies[i], 6), "time_s": round(float(times[j]), 6), "power_db": rounded(decibel[i, j], 5)}
    write_tsv(args.power, ["condition", "frequency_hz", "time_s", "power_db"], rows)
    write_json(
        args.report,
        {
            "channels": names,
            "frequencies_hz": [rounded(f, 6) for f in frequencies],
            "cycles": args.cycles,
            "baseline_s": [low, high],
            "margin_s": [rounded(m, 5) for m in margins],
            "largest": peaks,
            "versions": versions(),
        },
    )


main()
