"""Tensor by weighted least squares with DIPY: `dipy.py DWI BVAL BVEC OUT`."""

import sys

import nibabel
import numpy
from dipy.core.gradients import gradient_table
from dipy.reconst.dti import TensorModel

dwi, bval, bvec, out = sys.argv[1:5]
image = nibabel.load(dwi)
bvals, bvecs = numpy.loadtxt(bval), numpy.loadtxt(bvec).T
# FSL's gradients are along the voxel axes, with x turned around where the determinant of the affine is positive.
axes = image.affine[:3, :3] / numpy.linalg.norm(image.affine[:3, :3], axis=0)
if numpy.linalg.det(axes) > 0:
    bvecs = bvecs * [-1, 1, 1]
table = gradient_table(bvals, bvecs=bvecs @ axes.T, b0_threshold=10)
fit = TensorModel(table, fit_method="WLS").fit(numpy.asarray(image.dataobj, dtype=float))
for name, values in [("FA", fit.fa), ("MD", fit.md), ("V1", fit.evecs[..., :, 0])]:
    nibabel.save(nibabel.Nifti1Image(values.astype("float32"), image.affine), "%s/%s.nii.gz" % (out, name))
