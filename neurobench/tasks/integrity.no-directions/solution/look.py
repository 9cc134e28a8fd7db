"""Refuses where there are no gradient directions: `look.py DWI_FOLDER REFUSAL`."""

import json
import os
import sys

folder, refusal = sys.argv[1:3]
if any(name.endswith(".bvec") for name in os.listdir(folder)):
    sys.exit("there are directions")
said = {
    "reason": "missing-input",
    "missing": ["sub-01/dwi/sub-01_dwi.bvec"],
    "evidence": "no gradient directions (bvec) beside the series and its b-values",
}
with open(refusal, "w") as stream:
    json.dump(said, stream)
