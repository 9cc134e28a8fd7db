"""Times of slices: `times.py BIDS PROTOCOLS OUT`."""

import json
import os
import sys

import nibabel

bids, protocols, out = sys.argv[1:4]
for line in open(protocols).read().split("\n")[1:]:
    if line == "":
        continue
    subject, order, bands = line.split("\t")
    name = os.path.join(subject, "func", subject + "_task-rest_bold")
    count = nibabel.load(os.path.join(bids, name + ".nii.gz")).shape[2]
    values = json.load(open(os.path.join(bids, name + ".json")))
    tr = values["RepetitionTime"]
    own = count // int(bands)
    every = list(range(own))
    turn = {
        "ascending": every,
        "descending": every[::-1],
        "odd first": every[::2] + every[1::2],
        "even first": every[1::2] + every[::2],
    }[order]
    values["SliceTiming"] = [round(tr * turn.index(at % own) / own, 6) for at in range(count)]
    os.makedirs(os.path.dirname(os.path.join(out, name)))
    with open(os.path.join(out, name + ".json"), "w") as stream:
        json.dump(values, stream)
