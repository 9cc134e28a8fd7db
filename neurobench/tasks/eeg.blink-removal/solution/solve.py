"""Blinks taken out by regression on their own average: `solve.py EDF OUT`."""

import sys

import numpy


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
names = [name for name in signals if name != "VEOG"]
data = numpy.array([signals[name] for name in names])
eye = signals["VEOG"] - numpy.median(signals["VEOG"])
# The lids are where VEOG is far above its noise; elsewhere it says nothing of them.
lids = numpy.where(eye > 8 * numpy.median(numpy.abs(eye)), eye, 0)
lids = numpy.convolve(lids, numpy.hanning(7) / numpy.hanning(7).sum(), mode="same")
centred = lids - lids.mean()
weights = (data - data.mean(axis=1, keepdims=True)) @ centred / (centred @ centred)
cleaned = data - weights[:, None] * lids
numpy.savetxt(out, cleaned.T, fmt="%.4f", delimiter="\t", header="\t".join(names), comments="")
