"""Seed-based correlation: `solve.py BOLD MASK SEED CONFOUNDS OUT`."""

import json
import sys

import nibabel
import numpy

bold, mask, seed, confounds, out = sys.argv[1:6]
image = nibabel.load(bold)
with open(seed) as stream:
    spot = json.load(stream)
inside = numpy.asarray(nibabel.load(mask).dataobj) > 0
nuisance = numpy.loadtxt(confounds, skiprows=1, ndmin=2)
design = numpy.column_stack([numpy.ones(len(nuisance)), nuisance])
data = image.get_fdata().reshape(-1, image.shape[3]).T
data = data - design @ numpy.linalg.lstsq(design, data, rcond=None)[0]
voxels = numpy.indices(image.shape[:3]).reshape(3, -1)
world = image.affine[:3, :3] @ voxels + image.affine[:3, 3:]
near = numpy.linalg.norm(world.T - spot["center_mm"], axis=1) <= spot["radius_mm"]
series = data[:, near].mean(axis=1)
r = (data.T @ series) / numpy.sqrt((data**2).sum(axis=0) * (series**2).sum())
z = numpy.where(inside, numpy.arctanh(numpy.clip(r, -0.999999, 0.999999)).reshape(image.shape[:3]), 0)
nibabel.save(nibabel.Nifti1Image(z.astype("float32"), image.affine), out)
