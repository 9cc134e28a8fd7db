"""Statistics of regions with SciPy: `scipy-stats.py MAP LABELS ATLAS OUT`."""

import sys

import nibabel
import numpy
from scipy import ndimage

image, labels = nibabel.load(sys.argv[1]), nibabel.load(sys.argv[2])
data = numpy.asarray(image.dataobj, dtype=float)
to = numpy.linalg.inv(labels.affine) @ image.affine
grid = numpy.indices(data.shape).reshape(3, -1)
there = to[:3, :3] @ grid + to[:3, 3:]
atlas = ndimage.map_coordinates(numpy.asarray(labels.dataobj).astype(float), there, order=0).reshape(data.shape)
good = numpy.isfinite(data) & (data > 0)
ml = numpy.prod(image.header.get_zooms()[:3]) / 1000
with open(sys.argv[4], "w") as stream:
    print("index", "name", "voxels", "used", "mean", "sd", "median", "volume_ml", sep="\t", file=stream)
    for line in open(sys.argv[3]).read().strip().split("\n")[1:]:
        index, name = line.split("\t")
        own = atlas == int(index)
        count = int((own & good).sum())
        said = ["n/a"] * 3
        if count:
            mean, variance = ndimage.mean(data, own & good), ndimage.variance(data, own & good)
            said = [mean, (variance * count / (count - 1)) ** 0.5, ndimage.median(data, own & good)]
        print(index, name, int(own.sum()), count, *said, own.sum() * ml, sep="\t", file=stream)
