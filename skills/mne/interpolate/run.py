"""Replaces bad EEG channels by what spherical splines give at their places (Perrin et al. 1989)."""

import argparse

import numpy as np
from eeg_io import BRAIN, load_raw, one_line, picks_of, save, versions
from skill_io import fail, write_json


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--raw", required=True)
    parser.add_argument("--report", required=True)
    args = parser.parse_args()

    raw = load_raw(args.input)
    brain = [raw.ch_names[i] for i in picks_of(raw.info, ("eeg",), exclude=None)]
    bads = [name for name in raw.info["bads"] if name in brain]
    if bads:
        lost = [n for n in brain if not np.all(np.isfinite(loc := raw.info["chs"][raw.ch_names.index(n)]["loc"][:3])) or not np.any(loc)]
        if lost:
            fail(f"{', '.join(lost[:10])}: no position; expected electrodes.tsv, or a standard montage at reading")
        if len(brain) - len(bads) < 8:
            fail(f"{len(brain) - len(bads)} good EEG channels; expected 8 or more to interpolate from")
        others = [name for name in raw.info["bads"] if name not in bads]
        try:
            raw.interpolate_bads(reset_bads=True, exclude=others, verbose="ERROR")
        except Exception as error:
            fail(f"the channels cannot be interpolated: {one_line(error)}")
    save(raw, args.raw)
    write_json(args.report, {"interpolated": bads, "interpolated_count": len(bads), "channels": len(brain), "versions": versions()})


main()
