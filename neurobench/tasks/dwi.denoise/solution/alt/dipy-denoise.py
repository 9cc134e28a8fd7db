"""MP-PCA with DIPY: `dipy-denoise.py DWI DENOISED NOISE`."""

import sys

import nibabel
import numpy
from dipy.denoise.localpca import mppca

image = nibabel.load(sys.argv[1])
data = numpy.asarray(image.dataobj, dtype="float32")
denoised, sigma = mppca(data, patch_radius=2, return_sigma=True)


def save(values, path):
    nibabel.save(nibabel.Nifti1Image(values.astype("float32"), image.affine), path)


save(denoised, sys.argv[2])
save(sigma, sys.argv[3])
