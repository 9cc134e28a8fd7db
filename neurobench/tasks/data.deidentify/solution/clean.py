"""A copy of a dataset without people: `clean.py DATASET OUT`."""

import json
import os
import shutil
import sys

import nibabel
import numpy

dataset, out = sys.argv[1:3]
GONE = ["PatientName", "PatientID", "PatientBirthDate", "InstitutionName", "DeviceSerialNumber"]
KEPT = ["participant_id", "age"]


def cleared(values):
    for key in [key for key in values if key in GONE]:
        del values[key]
    return values


for folder, _, names in os.walk(dataset):
    target = os.path.join(out, os.path.relpath(folder, dataset))
    os.makedirs(target, exist_ok=True)
    if folder == dataset:
        for name in [sub for sub in os.listdir(dataset) if sub.startswith("sub-")]:
            for kind in ["anat", "func"]:
                os.makedirs(os.path.join(out, name, kind), exist_ok=True)
    for name in names:
        path, to = os.path.join(folder, name), os.path.join(target, name)
        if name == "README":
            continue
        if name.endswith(".json"):
            values = cleared(json.load(open(path)))
            with open(to, "w") as stream:
                json.dump(values, stream)
        elif name.endswith(".tsv"):
            header, *rows = [line.split("\t") for line in open(path).read().strip().split("\n")]
            columns = [at for at, name in enumerate(header) if name in KEPT]
            with open(to, "w") as stream:
                stream.writelines("\t".join(row[at] for at in columns) + "\n" for row in [header, *rows])
        elif name.endswith(".nii.gz"):
            image = nibabel.load(path)
            image.header["descrip"] = b""
            nibabel.save(image, to)
        else:
            shutil.copyfile(path, to)
