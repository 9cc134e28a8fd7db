"""High-pass, low-pass and notch of a continuous recording, with the filter's length and phase in the report."""

import argparse

import mne
import numpy as np
from eeg_io import VOLTAGES, load_raw, one_line, picks_of, rounded, save, versions
from skill_io import fail, write_json


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--high-pass-hz", type=float)
    parser.add_argument("--low-pass-hz", type=float)
    parser.add_argument("--notch-hz", type=float, nargs="*", default=[])
    parser.add_argument("--phase", choices=["zero", "minimum"], default="zero")
    parser.add_argument("--raw", required=True)
    parser.add_argument("--report", required=True)
    args = parser.parse_args()

    raw = load_raw(args.input)
    rate = float(raw.info["sfreq"])
    high, low = args.high_pass_hz or None, args.low_pass_hz or None
    if high is None and low is None and not args.notch_hz:
        fail("nothing to do: expected a high-pass, a low-pass or a notch frequency above 0")
    if low is not None and low >= rate / 2:
        fail(f"low_pass_hz is {low:g}; expected below half the sampling rate, {rate / 2:g} Hz")
    if high is not None and low is not None and high >= low:
        fail(f"high_pass_hz is {high:g} and low_pass_hz {low:g}; expected the high-pass below the low-pass")
    beyond = [f for f in args.notch_hz if not 0 < f < rate / 2]
    if beyond:
        fail(f"notch_hz is {', '.join(f'{f:g}' for f in beyond)}; expected above 0 and below {rate / 2:g} Hz")

    picks = picks_of(raw.info, VOLTAGES, exclude=None)
    report = {"phase": args.phase, "sampling_rate_hz": rate, "filtered_channels": len(picks), "versions": versions()}
    skip = ("edge", "bad_acq_skip", "boundary")
    try:
        if high is not None or low is not None:
            taps = mne.filter.create_filter(None, rate, high, low, phase=args.phase, fir_window="hamming", verbose="ERROR")
            if len(taps) > raw.n_times:
                fail(
                    f"the filter has {len(taps)} taps ({len(taps) / rate:.1f} s), the recording {raw.n_times} samples; "
                    "expected a longer recording or a higher high-pass"
                )
            raw.filter(high, low, picks=picks, phase=args.phase, fir_window="hamming", skip_by_annotation=skip, verbose="ERROR")
            # The widths that MNE chooses ("auto"): a quarter of the edge, at least 2 Hz, at most what there is.
            report["passband"] = {
                "high_pass_hz": high or 0,
                "low_pass_hz": low or 0,
                "high_pass_transition_hz": 0 if high is None else rounded(min(max(high * 0.25, 2.0), high)),
                "low_pass_transition_hz": 0 if low is None else rounded(min(max(low * 0.25, 2.0), rate / 2 - low)),
                "length_samples": len(taps),
                "length_s": rounded(len(taps) / rate),
                "design": "FIR, windowed (Hamming), one pass",
                **gains(taps, rate, high, low),
            }
        if args.notch_hz:
            raw.notch_filter(args.notch_hz, picks=picks, phase=args.phase, skip_by_annotation=skip, verbose="ERROR")
            report["notch_hz"] = args.notch_hz
    except ValueError as error:
        fail(f"the filter cannot be made: {one_line(error)}")
    save(raw, args.raw)
    write_json(args.report, report)


def gains(taps, rate, high, low):
    """Measured gain of the filter in dB at its edges: it must be flat inside and dead outside."""
    frequencies = np.fft.rfftfreq(1 << 18, 1 / rate)
    response = 20 * np.log10(np.maximum(np.abs(np.fft.rfft(taps, 1 << 18)), 1e-10))
    at = lambda f: rounded(response[int(np.argmin(np.abs(frequencies - f)))], 4)
    result = {}
    if high is not None:
        result["gain_at_high_pass_db"] = at(high)
        result["gain_at_0_hz_db"] = at(0)
    if low is not None:
        result["gain_at_low_pass_db"] = at(low)
    return result


main()
