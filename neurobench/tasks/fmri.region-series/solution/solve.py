"""Mean series of the regions of an atlas: `solve.py BOLD ATLAS NAMES OUT`."""

import csv
import sys

import nibabel
import numpy

bold, atlas, names, out = sys.argv[1:5]
image = nibabel.as_closest_canonical(nibabel.load(bold))
regions = nibabel.as_closest_canonical(nibabel.load(atlas))
assert numpy.allclose(image.affine, regions.affine, atol=1e-3)
data, labels = image.get_fdata(), numpy.asarray(regions.dataobj)
with open(names) as stream:
    rows = sorted(csv.DictReader(stream, delimiter="\t"), key=lambda row: int(row["index"]))
series = numpy.array([data[labels == int(row["index"])].mean(axis=0) for row in rows]).T
header = "\t".join(row["name"] for row in rows)
numpy.savetxt(out, series, fmt="%.6f", delimiter="\t", header=header, comments="")
