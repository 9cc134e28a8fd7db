"""Least squares with an exact canonical response: `solve.py BOLD SIDECAR EVENTS DESIGN EFFECT`."""

import csv
import json
import math
import sys

import nibabel
import numpy

bold, sidecar, events, design_path, effect_path = sys.argv[1:6]
image = nibabel.load(bold)
data = image.get_fdata()
volumes = data.shape[3]
tr = json.load(open(sidecar))["RepetitionTime"]
with open(events) as stream:
    rows = list(csv.DictReader(stream, delimiter="\t"))
times = numpy.arange(volumes) * tr


def gamma(shape, x):
    """Distribution of a gamma density of whole shape."""
    x = numpy.maximum(x, 0)
    return 1 - numpy.exp(-x) * sum(x**k / math.factorial(k) for k in range(shape))


def step(x):
    """Response to a block that begins at 0 and has no end."""
    return (gamma(6, x) - gamma(16, x) / 6) / (1 - 1 / 6)


def regressor(condition, at):
    own = [(float(row["onset"]), float(row["duration"])) for row in rows if row["trial_type"] == condition]
    return sum(step(at - onset) - step(at - onset - duration) for onset, duration in own)


conditions = ["left", "right"]
middle = (numpy.arange(volumes) + 0.5) / volumes
drift = [numpy.cos(numpy.pi * k * middle) for k in range(1, 4)]
columns = [regressor(name, times) for name in conditions] + drift + [numpy.ones(volumes)]
design = numpy.array(columns).T
names = conditions + ["drift_1", "drift_2", "drift_3", "constant"]
table = numpy.column_stack([times, design])
numpy.savetxt(design_path, table, fmt="%.8f", delimiter="\t", header="\t".join(["frame_time"] + names), comments="")
series = data.reshape(-1, volumes).T
betas = numpy.linalg.lstsq(design, series, rcond=None)[0]
effect = betas[names.index("right")]
mean = series.mean(axis=0)
percent = 100 * effect / numpy.maximum(mean, 1)
nibabel.save(nibabel.Nifti1Image(percent.reshape(data.shape[:3]).astype("f4"), image.affine), effect_path)
