"""The same with MNE: `mne.py EDF EVENTS EVOKED EPOCHS`."""

import sys

import mne
import numpy
import pandas

edf, events, evoked, epochs = sys.argv[1:5]
raw = mne.io.read_raw_edf(edf, preload=True, verbose="error").drop_channels(["VEOG"])
table = pandas.read_csv(events, sep="\t")
codes = {"target": 1, "standard": 2}
samples = (table["onset"] * raw.info["sfreq"]).round().astype(int)
list_of_events = numpy.column_stack([samples, numpy.zeros(len(table), int), table["trial_type"].map(codes)])
cut = mne.Epochs(raw, list_of_events, codes, -0.25, 0.75, baseline=(None, 0), reject={"eeg": 120e-6}, preload=True, verbose="error")
mean = {kind: cut[kind].average().get_data(picks="Pz")[0] * 1e6 for kind in codes}
pandas.DataFrame({"time": cut.times, **mean}).to_csv(evoked, sep="\t", index=False, float_format="%.7f")
table["kept"] = [int(index in cut.selection) for index in range(len(table))]
table[["onset", "trial_type", "kept"]].to_csv(epochs, sep="\t", index=False)
