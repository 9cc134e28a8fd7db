"""Refuses where gradients and volumes do not belong together: `look.py DWI_FOLDER REFUSAL`."""

import gzip
import json
import struct
import sys

folder, refusal = sys.argv[1:3]
stem = folder + "/sub-01_dwi"
with gzip.open(stem + ".nii.gz") as stream:
    volumes = struct.unpack("<8h", stream.read(56)[40:])[4]
bvals = open(stem + ".bval").read().split()
count = len(open(stem + ".bvec").readline().split())
if count == volumes:
    sys.exit("the gradients fit the series")
said = {
    "reason": "inconsistent-inputs",
    "missing": ["sub-01/dwi/sub-01_dwi.bvec"],
    "evidence": "%d volumes and %d b-values, but %d directions" % (volumes, len(bvals), count),
}
with open(refusal, "w") as stream:
    json.dump(said, stream)
