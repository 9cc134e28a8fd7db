"""Correlations of regions after confound removal: `solve.py BOLD ATLAS NAMES CONFOUNDS OUT`."""

import csv
import sys

import nibabel
import numpy

bold, atlas, names, confounds, out = sys.argv[1:6]
image = nibabel.as_closest_canonical(nibabel.load(bold))
labels = numpy.asarray(nibabel.as_closest_canonical(nibabel.load(atlas)).dataobj)
data = image.get_fdata()
with open(names) as stream:
    rows = sorted(csv.DictReader(stream, delimiter="\t"), key=lambda row: int(row["index"]))
series = numpy.array([data[labels == int(row["index"])].mean(axis=0) for row in rows]).T
nuisance = numpy.loadtxt(confounds, skiprows=1, ndmin=2)
design = numpy.column_stack([numpy.ones(len(nuisance)), nuisance])
cleaned = series - design @ numpy.linalg.lstsq(design, series, rcond=None)[0]
r = numpy.corrcoef(cleaned.T)
numpy.fill_diagonal(r, 0)
matrix = numpy.arctanh(r)
with open(out, "w") as stream:
    stream.write("\t".join(["name"] + [row["name"] for row in rows]) + "\n")
    for row, values in zip(rows, matrix):
        stream.write("\t".join([row["name"]] + ["%.6f" % value for value in values]) + "\n")
