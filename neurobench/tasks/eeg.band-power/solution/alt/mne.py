"""The same with MNE: `mne.py EDF BANDS PEAKS`."""

import sys

import mne
import numpy

edf, bands, peaks = sys.argv[1:4]
raw = mne.io.read_raw_edf(edf, preload=True, verbose="error").drop_channels(["VEOG"])
size = int(4 * raw.info["sfreq"])
spectrum = raw.compute_psd("welch", n_fft=size, n_per_seg=size, n_overlap=size // 2, window="hann", fmax=40, verbose="error")
density, hz = spectrum.get_data(return_freqs=True)
density = density * 1e12
names = spectrum.ch_names
edges = {"delta": (1, 4), "theta": (4, 8), "alpha": (8, 13), "beta": (13, 30)}
power = lambda low, high: density[:, (hz >= low) & (hz < high)].sum(axis=1) * (hz[1] - hz[0])
with open(bands, "w") as stream:
    stream.write("\t".join(["channel", *edges, "alpha_power"]) + "\n")
    for index, name in enumerate(names):
        values = [power(*edges[band])[index] / power(1, 30)[index] for band in edges] + [power(8, 13)[index]]
        stream.write("\t".join([name] + ["%.8g" % value for value in values]) + "\n")
near = (hz >= 7) & (hz < 14)
with open(peaks, "w") as stream:
    stream.write("channel\tpeak_hz\n")
    for name in ("Pz", "O1", "O2"):
        stream.write("%s\t%.2f\n" % (name, hz[near][density[names.index(name)][near].argmax()]))
