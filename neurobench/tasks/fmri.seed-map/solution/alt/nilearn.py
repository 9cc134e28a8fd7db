"""The same with Nilearn: `nilearn.py BOLD MASK SEED CONFOUNDS OUT`."""

import json
import sys

import numpy
import pandas
from nilearn.maskers import NiftiMasker, NiftiSpheresMasker

bold, mask, seed, confounds, out = sys.argv[1:6]
with open(seed) as stream:
    spot = json.load(stream)
table = pandas.read_csv(confounds, sep="\t")
how = dict(standardize="zscore_sample", standardize_confounds=True)
sphere = NiftiSpheresMasker([spot["center_mm"]], radius=spot["radius_mm"], **how).fit_transform(bold, confounds=table)
brain = NiftiMasker(mask, **how)
voxels = brain.fit_transform(bold, confounds=table)
r = voxels.T @ sphere[:, 0] / (len(sphere) - 1)
brain.inverse_transform(numpy.arctanh(numpy.clip(r, -0.999999, 0.999999))).to_filename(out)
