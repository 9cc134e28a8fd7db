"""Coupling of every pair of EEG channels in one band: coherence, imaginary coherence, phase locking value."""

import argparse

import numpy as np
from eeg_io import brain_picks, load_raw, rounded, versions
from skill_io import fail, write_json, write_tsv


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--low-hz", type=float, default=8.0)
    parser.add_argument("--high-hz", type=float, default=13.0)
    parser.add_argument("--segment-s", type=float, default=2.0)
    parser.add_argument("--measure", choices=["coherence", "imaginary-coherence", "plv"], default="imaginary-coherence")
    parser.add_argument("--matrix", required=True)
    parser.add_argument("--report", required=True)
    args = parser.parse_args()

    raw = load_raw(args.input)
    rate = float(raw.info["sfreq"])
    size = int(round(args.segment_s * rate))
    if not 0 < args.low_hz < args.high_hz < rate / 2:
        fail(f"the band is {args.low_hz:g} to {args.high_hz:g} Hz; expected in order, above 0 and below {rate / 2:g} Hz")
    picks = brain_picks(raw.info)
    names = [raw.ch_names[i] for i in picks]
    data = raw.get_data(picks=picks, reject_by_annotation="omit")
    count = data.shape[1] // size
    if count < 20:
        fail(f"{count} segments of {args.segment_s:g} s; expected 20 or more: coupling of few segments is chance")
    segments = data[:, : count * size].reshape(len(picks), count, size)
    segments = segments - segments.mean(axis=2, keepdims=True)
    frequency = np.fft.rfftfreq(size, 1 / rate)
    inside = (frequency >= args.low_hz - 1e-9) & (frequency <= args.high_hz + 1e-9)
    if not inside.any():
        fail(f"no frequency of a {args.segment_s:g} s segment lies in the band; expected longer segments")
    spectrum = np.fft.rfft(segments * np.hanning(size), axis=2)[:, :, inside]
    if args.measure == "plv":
        # Lachaux et al. 1999: the length of the mean phase difference over segments.
        spectrum = spectrum / np.maximum(np.abs(spectrum), 1e-300)
    # channels x channels x frequencies, averaged over segments
    cross = np.einsum("akf,bkf->abf", spectrum, spectrum.conj()) / count
    power = np.real(np.einsum("aaf->af", cross))
    coherency = cross / np.sqrt(power[:, None] * power[None])
    value = np.abs(np.imag(coherency)) if args.measure == "imaginary-coherence" else np.abs(coherency)
    matrix = value.mean(axis=2)
    np.fill_diagonal(matrix, 0)
    write_tsv(args.matrix, ["channel"] + names, [[name] + [rounded(v, 6) for v in row] for name, row in zip(names, matrix)])
    upper = matrix[np.triu_indices(len(names), 1)]
    write_json(
        args.report,
        {
            "measure": args.measure,
            "band_hz": [args.low_hz, args.high_hz],
            "segments": count,
            "channels": len(names),
            "mean": rounded(upper.mean(), 6),
            "largest": rounded(upper.max(), 6),
            # What unrelated noise would give (Amjad et al. 1997): the 95th percentile of coherence.
            "chance_coherence": rounded(np.sqrt(1 - 0.05 ** (1 / (count - 1))), 6),
            "versions": versions(),
        },
    )


main()
