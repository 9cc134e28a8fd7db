"""Brain mask by threshold and morphology: `solve.py T1W MASK`."""

import sys

import nibabel
import numpy
from scipy import ndimage

image = nibabel.load(sys.argv[1])
data = image.get_fdata()
low, high = 70, 1100  # above the noise of air and skull, below the fat of the scalp
tissue = (data > low) & (data < high)
pieces, _ = ndimage.label(ndimage.binary_erosion(tissue))
core = pieces == numpy.bincount(pieces.ravel())[1:].argmax() + 1
mask = ndimage.binary_dilation(core) & tissue
mask = ndimage.binary_fill_holes(mask)
nibabel.save(nibabel.Nifti1Image(mask.astype(numpy.uint8), image.affine), sys.argv[2])
