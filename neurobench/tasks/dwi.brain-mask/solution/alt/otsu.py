"""Brain mask with DIPY: `otsu.py DWI BVAL MASK`."""

import sys

import nibabel
import numpy
from dipy.segment.mask import median_otsu
from scipy.ndimage import binary_dilation, binary_erosion, binary_fill_holes

image = nibabel.load(sys.argv[1])
data = numpy.asarray(image.dataobj, dtype=float)
mean = data[..., numpy.loadtxt(sys.argv[2]) < 50].mean(-1)
_, mask = median_otsu(mean, median_radius=1, numpass=1)
mask = binary_fill_holes(mask)


def save(values):
    nibabel.save(nibabel.Nifti1Image(values.astype("uint8"), image.affine), sys.argv[3])


save(mask)
