"""The same by distances, in millimetres: `distance.py T1W MASK`."""

import sys

import nibabel
from scipy.ndimage import distance_transform_edt as distance
from scipy.ndimage import label, sum_labels

image = nibabel.load(sys.argv[1])
signal, zooms = image.get_fdata(), image.header.get_zooms()
brain_like = (signal > 65) & (signal < 1100)
deep, count = label(distance(brain_like, sampling=zooms) > 9)
sizes = sum_labels(deep > 0, deep, range(1, count + 1))
seed = deep == sizes.argmax() + 1
mask = (distance(~seed, sampling=zooms) <= 9) & (signal > 65)
nibabel.save(nibabel.Nifti1Image(mask.astype("u1"), image.affine), sys.argv[2])
