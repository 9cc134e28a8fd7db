"""Three tissues by k-means of the signal: `solve.py T1W MASK CLASSES VOLUMES`."""

import sys

import nibabel
import numpy

t1w, mask, classes, volumes = sys.argv[1:5]
image = nibabel.load(t1w)
inside = numpy.asarray(nibabel.load(mask).dataobj) > 0
signal = image.get_fdata()[inside]
centres = numpy.quantile(signal, [0.1, 0.4, 0.8])
for _ in range(100):
    nearest = numpy.abs(signal[:, None] - centres).argmin(axis=1)
    centres = numpy.array([signal[nearest == index].mean() for index in range(3)])
names = numpy.array([1, 2, 3])[nearest]
labels = numpy.zeros(image.shape, numpy.uint8)
labels[inside] = names
nibabel.save(nibabel.Nifti1Image(labels, image.affine), classes)
ml = abs(numpy.linalg.det(image.affine[:3, :3])) / 1000
with open(volumes, "w") as stream:
    stream.write("class\tvolume_ml\n")
    for index in (1, 2, 3):
        stream.write("%d\t%.6f\n" % (index, (labels == index).sum() * ml))
