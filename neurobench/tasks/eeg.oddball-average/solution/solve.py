"""Averages of an oddball: `solve.py EDF EVENTS EVOKED EPOCHS`."""

import csv
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


edf, events, evoked, epochs = sys.argv[1:5]
signals, rate = read(edf)
with open(events) as stream:
    rows = list(csv.DictReader(stream, delimiter="\t"))
first, last = round(-0.25 * rate), round(0.75 * rate)
times = numpy.arange(first, last + 1) / rate
names = [name for name in signals if name != "VEOG"]
data = numpy.array([signals[name] for name in names])
cut = []
for row in rows:
    sample = round(float(row["onset"]) * rate)
    cut.append(data[:, sample + first : sample + last + 1])
cut = numpy.array(cut)
kept = (numpy.ptp(cut, axis=2) <= 120).all(axis=1)
cut = cut - cut[:, :, times <= 0].mean(axis=2, keepdims=True)
kinds = numpy.array([row["trial_type"] for row in rows])
mean = {kind: cut[kept & (kinds == kind), names.index("Pz")].mean(axis=0) for kind in ("target", "standard")}
with open(evoked, "w") as stream:
    stream.write("time\ttarget\tstandard\n")
    for index, time in enumerate(times):
        stream.write("%.7f\t%.6f\t%.6f\n" % (time, mean["target"][index], mean["standard"][index]))
with open(epochs, "w") as stream:
    stream.write("onset\ttrial_type\tkept\n")
    for row, good in zip(rows, kept):
        stream.write("%s\t%s\t%d\n" % (row["onset"], row["trial_type"], good))
