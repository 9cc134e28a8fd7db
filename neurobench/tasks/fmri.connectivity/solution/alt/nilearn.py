"""The same with Nilearn: `nilearn.py BOLD ATLAS NAMES CONFOUNDS OUT`."""

import sys

import numpy
import pandas
from nilearn.connectome import ConnectivityMeasure
from nilearn.maskers import NiftiLabelsMasker
from sklearn.covariance import EmpiricalCovariance

bold, atlas, names, confounds, out = sys.argv[1:6]
table = pandas.read_csv(names, sep="\t").sort_values("index")
masker = NiftiLabelsMasker(atlas, standardize=False, resampling_target="data")
series = masker.fit_transform(bold, confounds=pandas.read_csv(confounds, sep="\t"))
# Its own estimator shrinks (Ledoit and Wolf): the empirical one is asked for.
measure = ConnectivityMeasure(EmpiricalCovariance(), kind="correlation", standardize="zscore_sample")
r = measure.fit_transform([series])[0]
numpy.fill_diagonal(r, 0)
frame = pandas.DataFrame(numpy.arctanh(r), index=table["name"], columns=table["name"])
frame.to_csv(out, sep="\t", index_label="name", float_format="%.6f")
