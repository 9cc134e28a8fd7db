"""The same from SciPy's t and sums of the flips: `means.py IN T P`."""

import os
import sys

import nibabel
import numpy
from nibabel.orientations import apply_orientation, io_orientation
from scipy.stats import ttest_1samp

folder = sys.argv[1]
rows = open(os.path.join(folder, "participants.tsv")).read().split()[1:]
mask = nibabel.load(os.path.join(folder, "mask.nii.gz"))
where = numpy.asarray(mask.dataobj) > 0
maps = []
for name in rows:
    image = nibabel.load(os.path.join(folder, name, name + "_effect.nii.gz"))
    maps.append(apply_orientation(numpy.asarray(image.dataobj, float), io_orientation(image.affine))[where])
maps = numpy.array(maps)
t = ttest_1samp(maps, 0).statistic
n = len(rows)
signs = 1 - 2 * ((numpy.arange(2**n)[:, None] >> numpy.arange(n)) & 1)
sums, squares = signs @ maps, (maps**2).sum(0)
flips = numpy.abs(sums / numpy.sqrt((n * squares - sums**2) / (n - 1))).max(1)
p = 1 - numpy.searchsorted(numpy.sort(flips), numpy.abs(t) - 1e-9) / 2**n
for target, values, other in zip(sys.argv[2:4], (t, p), (0, 1)):
    out = numpy.full(where.shape, other, "f4")
    out[where] = values
    nibabel.save(nibabel.Nifti1Image(out, mask.affine), target)
