"""The same with SciPy and pandas: `labels.py PET SIDECAR REGIONS NAMES TAC SUVR`."""

import json
import sys

import nibabel
import pandas
from scipy.ndimage import mean

pet, sidecar, regions, names, tac, suvr = sys.argv[1:7]
image = nibabel.load(pet)
labels = nibabel.load(regions).get_fdata()
with open(sidecar) as stream:
    about = json.load(stream)
table = pandas.read_csv(names, sep="\t")
frames = pandas.DataFrame(
    [mean(image.dataobj[..., frame], labels, table["index"]) for frame in range(image.shape[3])], columns=table["name"]
)
start, lasting = pandas.Series(about["FrameTimesStart"]), pandas.Series(about["FrameDuration"])
frames.div(1000).assign(frame_mid=(start + lasting / 2) / 60).to_csv(tac, sep="\t", index=False)
late = frames[(start >= 2400) & (start + lasting <= 4200)]
total = late.mul(lasting[late.index], axis=0).sum() / lasting[late.index].sum()
(total / total["cerebellum"]).rename("suvr").to_csv(suvr, sep="\t", index_label="name")
