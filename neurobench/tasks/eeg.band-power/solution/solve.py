"""Band power and alpha peak: `solve.py EDF BANDS PEAKS`."""

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


edf, bands, peaks = sys.argv[1:4]
signals, rate = read(edf)
names = [name for name in signals if name != "VEOG"]
edges = {"delta": (1, 4), "theta": (4, 8), "alpha": (8, 13), "beta": (13, 30)}
size = int(4 * rate)
hann = 0.5 - 0.5 * numpy.cos(2 * numpy.pi * numpy.arange(size) / size)
data = numpy.array([signals[name] for name in names])
pieces = numpy.array([data[:, at : at + size] for at in range(0, data.shape[1] - size + 1, size // 2)])
pieces = (pieces - pieces.mean(axis=2, keepdims=True)) * hann
density = (abs(numpy.fft.rfft(pieces)) ** 2).mean(axis=0) / (hann**2).sum() / rate
density[:, 1:-1] *= 2
hz = numpy.fft.rfftfreq(size, 1 / rate)
power = lambda low, high: density[:, (hz >= low) & (hz < high)].sum(axis=1) * (hz[1] - hz[0])
total = power(1, 30)
with open(bands, "w") as stream:
    stream.write("\t".join(["channel", *edges, "alpha_power"]) + "\n")
    for index, name in enumerate(names):
        shares = [power(*edges[band])[index] / total[index] for band in edges]
        stream.write("\t".join([name] + ["%.8g" % value for value in [*shares, power(8, 13)[index]]]) + "\n")
near = (hz >= 7) & (hz < 14)
with open(peaks, "w") as stream:
    stream.write("channel\tpeak_hz\n")
    for name in ("Pz", "O1", "O2"):
        stream.write("%s\t%.2f\n" % (name, hz[near][density[names.index(name)][near].argmax()]))
