"""The same with Nilearn: `nilearn.py BOLD ATLAS NAMES OUT`."""

import sys

import pandas
from nilearn.maskers import NiftiLabelsMasker

bold, atlas, names, out = sys.argv[1:5]
table = pandas.read_csv(names, sep="\t").sort_values("index")
masker = NiftiLabelsMasker(atlas, strategy="mean", standardize=False, resampling_target="data")
series = masker.fit_transform(bold)
pandas.DataFrame(series, columns=table["name"]).to_csv(out, sep="\t", index=False, float_format="%.6f")
