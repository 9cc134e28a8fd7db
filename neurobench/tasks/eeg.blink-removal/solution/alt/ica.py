"""Blinks taken out by independent components: `ica.py EDF OUT`."""

import sys

import numpy
from sklearn.decomposition import FastICA


def read(path):
    """Signals in uV by name, and the sampling rate, of a plain EDF file."""
    with open(path, "rb") as stream:
        head = stream.read(256)
        count = int(head[252:256])
        rest = stream.read(256 * count).decode("latin1")
        raw = numpy.frombuffer(stream.read(), "<i2")
    at = lambda first, width: [rest[first * count + i * width : first * count + (i + 1) * width].strip() for i in range(count)]
    names = at(0, 16)
    low, high, dlow, dhigh = (numpy.array(at(first, 8), float) for first in (104, 112, 120, 128))
    rate = int(at(216, 8)[0]) / float(head[244:252])
    values = raw.reshape(-1, count, int(at(216, 8)[0])).transpose(1, 0, 2).reshape(count, -1)
    scaled = (values - dlow[:, None]) / (dhigh - dlow)[:, None] * (high - low)[:, None] + low[:, None]
    return dict(zip(names, scaled)), rate


edf, out = sys.argv[1:3]
signals, rate = read(edf)
names = list(signals)
data = numpy.array([signals[name] for name in names])
ica = FastICA(random_state=1, max_iter=500, whiten="unit-variance")
sources = ica.fit_transform(data.T)
likeness = [abs(numpy.corrcoef(source, signals["VEOG"])[0, 1]) for source in sources.T]
sources[:, int(numpy.argmax(likeness))] = 0
cleaned = ica.inverse_transform(sources)
keep = [index for index, name in enumerate(names) if name != "VEOG"]
numpy.savetxt(out, cleaned[:, keep], fmt="%.4f", delimiter="\t", header="\t".join(names[i] for i in keep), comments="")
