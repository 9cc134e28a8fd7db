"""Another reference: the average of the good EEG channels, or the mean of named ones."""

import argparse

import mne
import numpy as np
from eeg_io import brain_picks, load_raw, named_channels, rounded, save, versions
from skill_io import fail, write_json


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--reference", choices=["average", "channels"], default="average")
    parser.add_argument("--channels", nargs="*", default=[])
    parser.add_argument("--restore", default="")
    parser.add_argument("--raw", required=True)
    parser.add_argument("--report", required=True)
    args = parser.parse_args()

    raw = load_raw(args.input)
    if args.restore:
        if args.restore in raw.ch_names:
            fail(f"restore: {args.restore} is a channel already; expected the name of the reference, which was not recorded")
        raw = mne.add_reference_channels(raw, args.restore)
    picks = brain_picks(raw.info)
    kinds = {raw.get_channel_types()[i] for i in picks}
    if len(kinds) > 1:
        fail(f"channels of several types ({', '.join(sorted(kinds))}); expected one reference for one type")
    kind = kinds.pop()
    if args.reference == "channels":
        names = named_channels(raw.info, args.channels, "channels")
        if not names:
            fail("reference is `channels` and none is named; expected for example M1 and M2")
        bad = [name for name in names if name in raw.info["bads"]]
        if bad:
            fail(f"{', '.join(bad)} is marked bad; expected good channels as reference")
        reference = names
    else:
        if args.channels:
            fail("channels are named and the reference is the average; expected one of both")
        if len(picks) < 8:
            fail(f"{len(picks)} good EEG channels; expected 8 or more: the average of few is no neutral reference")
        reference = "average"
    before = raw.get_data(picks=picks)
    raw.set_eeg_reference(reference, ch_type=kind, projection=False, verbose="ERROR")
    after = raw.get_data(picks=picks)
    removed = (before - after).mean(axis=0)
    save(raw, args.raw)
    write_json(
        args.report,
        {
            "reference": args.reference,
            "reference_channels": [raw.ch_names[i] for i in picks] if args.reference == "average" else reference,
            "channels": len(picks),
            "removed_std_uv": rounded(np.std(removed) * 1e6, 5),
            "versions": versions(),
        },
    )


main()
