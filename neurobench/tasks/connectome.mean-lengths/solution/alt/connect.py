"""Connectomes from the ends of streamlines: `connect.py TRACKS PARCELLATION COUNTS LENGTHS`."""

import sys

import nibabel
import numpy

image = nibabel.load(sys.argv[2])
atlas = numpy.asarray(image.dataobj)
inverse, sizes = numpy.linalg.inv(image.affine), numpy.array(image.header.get_zooms()[:3])


def region(ends):
    at = numpy.rint(ends @ inverse[:3, :3].T + inverse[:3, 3]).astype(int)
    inside = ((at >= 0) & (at < atlas.shape)).all(1)
    found = numpy.zeros(len(at), dtype=int)
    found[inside] = atlas[tuple(at[inside].T)]
    return found


def save(path, matrix):
    numpy.savetxt(path, matrix, fmt="%.6g")


counts, total = numpy.zeros((6, 6)), numpy.zeros((6, 6))
for line in nibabel.streamlines.load(sys.argv[1]).streamlines:
    a, b = region(line[[0, -1]])
    length = numpy.linalg.norm(numpy.diff(line, axis=0), axis=1).sum()
    if a and b:
        counts[a - 1, b - 1] += 1
        total[a - 1, b - 1] += length
        if a != b:
            counts[b - 1, a - 1] += 1
            total[b - 1, a - 1] += length
save(sys.argv[3], counts)
save(sys.argv[4], total / numpy.maximum(1, counts))
