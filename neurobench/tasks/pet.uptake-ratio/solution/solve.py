"""Time-activity curves and uptake ratios: `solve.py PET SIDECAR REGIONS NAMES TAC SUVR`."""

import csv
import json
import sys

import nibabel
import numpy

pet, sidecar, regions, names, tac, suvr = sys.argv[1:7]
data = nibabel.load(pet).get_fdata()
labels = numpy.asarray(nibabel.load(regions).dataobj)
with open(sidecar) as stream:
    about = json.load(stream)
with open(names) as stream:
    rows = list(csv.DictReader(stream, delimiter="\t"))
starts, lasting = (numpy.array(about[key], float) for key in ("FrameTimesStart", "FrameDuration"))
curves = {row["name"]: data[labels == int(row["index"])].mean(axis=0) / 1000 for row in rows}
middle = (starts + lasting / 2) / 60
with open(tac, "w") as stream:
    stream.write("\t".join(["frame_mid", *curves]) + "\n")
    for frame in range(len(starts)):
        stream.write("\t".join("%.7g" % value for value in [middle[frame], *(c[frame] for c in curves.values())]) + "\n")
inside = (starts >= 2400) & (starts + lasting <= 4200)
weights = lasting[inside]
late = {name: numpy.average(curve[inside], weights=weights) for name, curve in curves.items()}
with open(suvr, "w") as stream:
    stream.write("name\tsuvr\n")
    for name, value in late.items():
        stream.write("%s\t%.6f\n" % (name, value / late["cerebellum"]))
