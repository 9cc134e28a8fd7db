"""Times of slices from NIfTI's codes: `header-times.py BIDS PROTOCOLS OUT`."""

import csv
import glob
import json
import os
import sys

import nibabel

bids, protocols, out = sys.argv[1:4]
codes = {
    "ascending": "sequential increasing",
    "descending": "sequential decreasing",
    "odd first": "alternating increasing",
    "even first": "alternating increasing 2",
}
for row in csv.DictReader(open(protocols), delimiter="\t"):
    path = glob.glob("%s/%s/func/*_bold.json" % (bids, row["participant_id"]))[0]
    values = json.load(open(path))
    slices = nibabel.load(path.replace(".json", ".nii.gz")).shape[2] // int(row["bands"])
    header = nibabel.Nifti1Header()
    header.set_data_shape((2, 2, slices))
    header.set_dim_info(slice=2)
    header["slice_start"], header["slice_end"] = 0, slices - 1
    header["slice_code"] = nibabel.nifti1.slice_order_codes.code[codes[row["order"]]]
    header.set_slice_duration(values["RepetitionTime"] / slices)
    times = [round(float(time), 5) for time in header.get_slice_times()]
    values["SliceTiming"] = times * int(row["bands"])
    target = os.path.join(out, os.path.relpath(path, bids))
    os.makedirs(os.path.dirname(target))
    with open(target, "w") as stream:
        json.dump(values, stream, indent=2)
