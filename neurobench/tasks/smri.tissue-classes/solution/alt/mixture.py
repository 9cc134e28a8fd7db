"""The same with a mixture of Gaussians: `mixture.py T1W MASK CLASSES VOLUMES`."""

import sys

import nibabel
import numpy
from sklearn.mixture import GaussianMixture

image = nibabel.load(sys.argv[1])
inside = nibabel.load(sys.argv[2]).get_fdata() > 0
signal = image.get_fdata()[inside][:, None]
model = GaussianMixture(3, covariance_type="tied", random_state=0).fit(signal)
rank = model.means_.ravel().argsort().argsort()
data = numpy.zeros(image.shape, "u1")
data[inside] = rank[model.predict(signal)] + 1
nibabel.Nifti1Image(data, image.affine).to_filename(sys.argv[3])
counts = numpy.bincount(data.ravel(), minlength=4)
size = numpy.prod(image.header.get_zooms()) / 1000
lines = ["%d\t%.6f" % (label, counts[label] * size) for label in (1, 2, 3)]
open(sys.argv[4], "w").write("\n".join(["class\tvolume_ml", *lines]) + "\n")
