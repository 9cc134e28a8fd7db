"""One mistake in converted series: `edit.py FOLDER MISTAKE`."""

import json
import os
import sys

import nibabel
import numpy

folder, mistake = sys.argv[1:3]


def at(number, kind):
    return os.path.join(folder, "series-%d.%s" % (number, kind))


def exchange(kind):
    os.rename(at(3, kind), at(9, kind))
    os.rename(at(4, kind), at(3, kind))
    os.rename(at(9, kind), at(4, kind))


def image(number, change):
    own = nibabel.load(at(number, "nii.gz"))
    nibabel.save(nibabel.Nifti1Image(change(own.get_fdata()).astype("int16"), own.affine), at(number, "nii.gz"))


if mistake == "exchanged":
    exchange("json")
elif mistake == "images-exchanged":
    exchange("nii.gz")
elif mistake == "mirrored":
    image(3, lambda data: data[::-1])
elif mistake == "turned":
    image(6, lambda data: data[::-1, ::-1])
elif mistake == "identity-affine":
    own = nibabel.load(at(3, "nii.gz"))
    nibabel.save(nibabel.Nifti1Image(own.get_fdata().astype("int16"), numpy.eye(4)), at(3, "nii.gz"))
elif mistake == "one-volume":
    image(3, lambda data: data[..., 0])
for number in [3, 4, 5, 6]:
    values = json.load(open(at(number, "json")))
    direction = values["PhaseEncodingDirection"]
    if mistake == "signs-lost":
        values["PhaseEncodingDirection"] = direction[0]
    elif mistake == "axes-swapped":
        values["PhaseEncodingDirection"] = direction.translate(str.maketrans("ij", "ji"))
    elif mistake == "no-direction":
        del values["PhaseEncodingDirection"]
    elif mistake == "milliseconds":
        for key in ["RepetitionTime", "EchoTime", "TotalReadoutTime"]:
            values[key] *= 1000
    elif mistake == "echo-spacing-for-readout":
        values["TotalReadoutTime"] = values["EffectiveEchoSpacing"]
    with open(at(number, "json"), "w") as stream:
        json.dump(values, stream)
