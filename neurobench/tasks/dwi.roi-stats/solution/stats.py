"""Statistics of regions: `stats.py MAP LABELS ATLAS OUT`."""

import csv
import sys

import nibabel
import numpy


def load(path):
    return nibabel.as_closest_canonical(nibabel.load(path))


image, labels = load(sys.argv[1]), load(sys.argv[2])
data, atlas = numpy.asarray(image.dataobj, dtype=float), numpy.asarray(labels.dataobj)
voxel_ml = abs(numpy.linalg.det(image.affine[:3, :3])) / 1000
rows = list(csv.DictReader(open(sys.argv[3]), delimiter="\t"))
with open(sys.argv[4], "w") as stream:
    stream.write("index\tname\tvoxels\tused\tmean\tsd\tmedian\tvolume_ml\n")
    for row in rows:
        label = int(row["index"])
        values = data[atlas == label]
        used = values[numpy.isfinite(values) & (values > 0)]
        if used.size:
            texts = ["%.8g" % number for number in (used.mean(), used.std(ddof=1), numpy.median(used))]
        else:
            texts = ["n/a"] * 3
        cells = [row["index"], row["name"], values.size, used.size, *texts, "%.8g" % (values.size * voxel_ml)]
        stream.write("\t".join(map(str, cells)) + "\n")
