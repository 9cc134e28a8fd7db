"""t of a group and p over all sign flips: `solve.py IN T P`."""

import glob
import itertools
import os
import sys

import nibabel
import numpy

folder, t_path, p_path = sys.argv[1:4]
paths = sorted(glob.glob(os.path.join(folder, "sub-*", "*_effect.nii.gz")))
mask = nibabel.as_closest_canonical(nibabel.load(os.path.join(folder, "mask.nii.gz")))
inside = mask.get_fdata() > 0
people = numpy.array([nibabel.as_closest_canonical(nibabel.load(path)).get_fdata()[inside] for path in paths])
n = len(people)


def t_of(values):
    return values.mean(axis=0) / (values.std(axis=0, ddof=1) / numpy.sqrt(n))


t = t_of(people)
largest = []
for signs in itertools.product((1, -1), repeat=n):
    flipped = t_of(people * numpy.array(signs)[:, None])
    largest.append(numpy.abs(flipped).max())
p = (numpy.array(largest)[:, None] >= numpy.abs(t) - 1e-9).mean(axis=0)
for path, values, rest in ((t_path, t, 0), (p_path, p, 1)):
    data = numpy.full(mask.shape, rest, numpy.float32)
    data[inside] = values
    nibabel.save(nibabel.Nifti1Image(data, mask.affine), path)
