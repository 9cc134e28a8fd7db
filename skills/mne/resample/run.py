"""Another sampling rate, with an anti-alias filter; events keep their time in seconds."""

import argparse

from eeg_io import event_counts, load_raw, rounded, save, versions
from skill_io import fail, write_json


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--rate-hz", type=float, required=True)
    parser.add_argument("--raw", required=True)
    parser.add_argument("--report", required=True)
    args = parser.parse_args()

    raw = load_raw(args.input)
    before = float(raw.info["sfreq"])
    if args.rate_hz > before:
        fail(f"rate_hz is {args.rate_hz:g}, the recording has {before:g} Hz; expected a lower rate: nothing is gained above")
    samples = raw.n_times
    if args.rate_hz < before:
        # polyphase: no ringing over the whole recording from its ends, as the Fourier method has.
        raw.resample(args.rate_hz, method="polyphase", verbose="ERROR")
    save(raw, args.raw)
    write_json(
        args.report,
        {
            "rate_before_hz": before,
            "rate_hz": float(raw.info["sfreq"]),
            "samples_before": int(samples),
            "samples": int(raw.n_times),
            "duration_s": rounded(raw.n_times / raw.info["sfreq"]),
            "events": event_counts(raw.annotations),
            "versions": versions(),
        },
    )


main()
