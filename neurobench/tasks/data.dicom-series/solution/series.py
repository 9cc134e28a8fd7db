"""A table of the series in a folder: `series.py FOLDER TABLE`."""

import os
import sys

import pydicom

folder, table = sys.argv[1:3]
groups = {}
for name in sorted(os.listdir(folder)):
    header = pydicom.dcmread(os.path.join(folder, name), stop_before_pixels=True)
    groups.setdefault(header.SeriesInstanceUID, []).append(header)
columns = "series_uid patient_id description slices repetition_time echo_time pixel_mm slice_mm"
with open(table, "w") as stream:
    print(*columns.split(), sep="\t", file=stream)
    for own in groups.values():
        first = own[0]
        times = [float(first.RepetitionTime) / 1000, float(first.EchoTime) / 1000]
        sizes = [first.PixelSpacing[0], first.SliceThickness]
        cells = [first.SeriesInstanceUID, first.PatientID, first.SeriesDescription, len(own)]
        print(*cells, *times, *map(float, sizes), sep="\t", file=stream)
