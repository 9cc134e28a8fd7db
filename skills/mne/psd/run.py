"""Power spectral density (Welch) of every EEG channel, in uV2/Hz, and the power of bands, absolute and relative."""

import argparse

import numpy as np
from eeg_io import brain_picks, load_raw, rounded, versions
from scipy.integrate import trapezoid
from skill_io import fail, write_json, write_tsv

BANDS = ("delta", "theta", "alpha", "beta", "gamma")


def integral(frequency, density, low, high):
    """Trapezoids over low..high with the density interpolated at both ends: neighbouring bands add up."""
    inner = (frequency > low) & (frequency < high)
    x = np.concatenate([[low], frequency[inner], [high]])
    y = np.array([np.interp(x, frequency, row) for row in density])
    return trapezoid(y, x, axis=1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--window-s", type=float, default=2.0)
    parser.add_argument("--overlap", type=float, default=0.5)
    parser.add_argument("--fmin-hz", type=float, default=1.0)
    parser.add_argument("--fmax-hz", type=float, default=45.0)
    for band in BANDS:
        parser.add_argument(f"--{band}-hz", type=float, nargs=2)
    parser.add_argument("--psd", required=True)
    parser.add_argument("--bands", required=True)
    parser.add_argument("--report", required=True)
    args = parser.parse_args()

    raw = load_raw(args.input)
    rate = float(raw.info["sfreq"])
    size = int(round(args.window_s * rate))
    if not args.fmin_hz < args.fmax_hz <= rate / 2:
        fail(f"fmin_hz is {args.fmin_hz:g} and fmax_hz {args.fmax_hz:g}; expected in order, and at most {rate / 2:g} Hz")
    if size > raw.n_times:
        fail(f"window_s is {args.window_s:g}, the recording has {raw.n_times / rate:.1f} s; expected a shorter window")
    if args.fmin_hz < 1 / args.window_s:
        fail(f"fmin_hz is {args.fmin_hz:g}; a window of {args.window_s:g} s tells no frequency below {1 / args.window_s:g} Hz: expected a longer one")
    picks = brain_picks(raw.info)
    names = [raw.ch_names[i] for i in picks]
    spectrum = raw.compute_psd(
        "welch", fmin=0, fmax=rate / 2, picks=picks, n_fft=size, n_per_seg=size, n_overlap=int(round(size * args.overlap)),
        window="hann", average="mean", remove_dc=True, reject_by_annotation=True, verbose="ERROR",
    )  # fmt: skip
    frequency = spectrum.freqs
    density = spectrum.get_data() * 1e12  # V2/Hz to uV2/Hz
    if not np.isfinite(density).all():
        fail("the spectrum is not finite everywhere: too little of the recording is left beside what is marked bad")

    edges = {band: getattr(args, f"{band}_hz") for band in BANDS if getattr(args, f"{band}_hz") is not None}
    if not edges:
        fail("no band; expected at least one of " + ", ".join(BANDS))
    for band, (low, high) in edges.items():
        if not args.fmin_hz - 1e-9 <= low < high <= args.fmax_hz + 1e-9:
            fail(f"{band}_hz is {low:g} to {high:g}; expected two frequencies in order within {args.fmin_hz:g} to {args.fmax_hz:g} Hz")
    total = integral(frequency, density, args.fmin_hz, args.fmax_hz)
    if (total <= 0).any():
        flat = [name for name, value in zip(names, total) if value <= 0]
        fail(f"{', '.join(flat)} has no power at all; expected flat channels to be marked bad")
    rows, means = [], {}
    for band, (low, high) in edges.items():
        power = integral(frequency, density, low, high)
        inside = (frequency >= low) & (frequency <= high)
        for k, name in enumerate(names):
            top = frequency[inside][int(np.argmax(density[k][inside]))] if inside.any() else low
            rows.append([name, band, low, high, rounded(power[k], 6), rounded(power[k] / (high - low), 6), rounded(power[k] / total[k], 6), rounded(top, 6)])
        means[band] = {
            "low_hz": low,
            "high_hz": high,
            "power_uv2": rounded(power.mean(), 6),
            "density_uv2_per_hz": rounded(power.mean() / (high - low), 6),
            "relative": rounded((power / total).mean(), 6),
        }
    keep = (frequency >= args.fmin_hz - 1e-9) & (frequency <= args.fmax_hz + 1e-9)
    table = [[rounded(f, 9)] + [rounded(v, 6) for v in column] for f, column in zip(frequency[keep], density[:, keep].T)]
    write_tsv(args.psd, ["frequency_hz"] + names, table)
    write_tsv(args.bands, ["channel", "band", "low_hz", "high_hz", "power_uv2", "density_uv2_per_hz", "relative", "peak_hz"], rows)
    mean = density.mean(axis=0)
    alpha = (frequency >= 7) & (frequency <= 14)
    write_json(
        args.report,
        {
            "sampling_rate_hz": rate,
            "window_s": size / rate,
            "overlap": args.overlap,
            "resolution_hz": rounded(rate / size),
            "channels": len(names),
            "total_uv2": rounded(total.mean(), 6),
            "bands": means,
            "peak_7_to_14_hz": rounded(frequency[alpha][int(np.argmax(mean[alpha]))], 6) if alpha.any() else 0.0,
            "versions": versions(),
        },
    )


main()
