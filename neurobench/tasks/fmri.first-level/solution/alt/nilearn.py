"""The same with Nilearn: `nilearn.py BOLD SIDECAR EVENTS DESIGN EFFECT`."""

import json
import sys

import nibabel
import numpy
import pandas
from nilearn.glm.first_level import make_first_level_design_matrix, run_glm

image = nibabel.load(sys.argv[1])
data = image.get_fdata()
tr = json.load(open(sys.argv[2]))["RepetitionTime"]
times = tr * numpy.arange(data.shape[3])
events = pandas.read_csv(sys.argv[3], sep="\t")
design = make_first_level_design_matrix(times, events, hrf_model="spm", drift_model="cosine", high_pass=1 / 128)
series = data.reshape(-1, data.shape[3]).T
labels, results = run_glm(series, design.to_numpy(), noise_model="ar1", bins=20)
beta = numpy.zeros(series.shape[1])
for label, result in results.items():
    beta[labels == label] = result.theta[list(design.columns).index("right")]
percent = (100 * beta / numpy.maximum(series.mean(0), 1)).reshape(data.shape[:3])
nibabel.Nifti1Image(percent.astype("f4"), image.affine).to_filename(sys.argv[5])
design.insert(0, "frame_time", times)
design.to_csv(sys.argv[4], sep="\t", index=False, float_format="%.8f")
