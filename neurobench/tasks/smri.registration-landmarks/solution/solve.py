"""Rigid registration by centre and principal axes of the head: `solve.py FIXED MOVED LANDMARKS OUT`."""

import csv
import itertools
import sys

import nibabel
import numpy
from scipy.ndimage import binary_fill_holes

fixed, moved, landmarks, out = sys.argv[1:5]


def shape_of(path):
    """Centre (mm) and principal axes (columns) of everything that is not air."""
    image = nibabel.load(path)
    head = binary_fill_holes(image.get_fdata() > 80)
    places = nibabel.affines.apply_affine(image.affine, numpy.argwhere(head))
    centre = places.mean(axis=0)
    return centre, numpy.linalg.eigh(numpy.cov((places - centre).T))[1]


from_centre, from_axes = shape_of(fixed)
to_centre, to_axes = shape_of(moved)
# Axes have no sign: of the rotations that fit, the smallest.
turns = [to_axes @ numpy.diag(signs) @ from_axes.T for signs in itertools.product((1, -1), repeat=3)]
rotation = max((turn for turn in turns if numpy.linalg.det(turn) > 0), key=numpy.trace)
with open(landmarks) as stream:
    rows = list(csv.DictReader(stream, delimiter="\t"))
points = numpy.array([[float(row[axis]) for axis in "xyz"] for row in rows])
mapped = (points - from_centre) @ rotation.T + to_centre
with open(out, "w") as stream:
    stream.write("name\tx\ty\tz\n")
    for row, place in zip(rows, mapped):
        stream.write("%s\t%.4f\t%.4f\t%.4f\n" % (row["name"], *place))
