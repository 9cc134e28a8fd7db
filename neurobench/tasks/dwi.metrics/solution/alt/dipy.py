"""Metrics of tensors with DIPY: `dipy.py TENSOR MASK OUT`."""

import sys

import nibabel
import numpy
from dipy.reconst.dti import axial_diffusivity, decompose_tensor, fractional_anisotropy, mean_diffusivity
from dipy.reconst.dti import from_lower_triangular, radial_diffusivity

tensor, mask, out = sys.argv[1:4]
image = nibabel.load(tensor)
elements = numpy.asarray(image.dataobj, dtype=float)
inside = (numpy.asarray(nibabel.load(mask).dataobj) > 0) & numpy.isfinite(elements).all(-1)
# DIPY: Dxx, Dxy, Dyy, Dxz, Dyz, Dzz.
lower = numpy.nan_to_num(elements[..., [0, 3, 1, 4, 5, 2]])
values, _ = decompose_tensor(from_lower_triangular(lower), min_diffusivity=0)
metrics = {"FA": fractional_anisotropy, "MD": mean_diffusivity, "AD": axial_diffusivity, "RD": radial_diffusivity}
for name, metric in metrics.items():
    data = numpy.where(inside, numpy.nan_to_num(metric(values)), 0)
    nibabel.save(nibabel.Nifti1Image(data.astype("float32"), image.affine), "%s/%s.nii.gz" % (out, name))
