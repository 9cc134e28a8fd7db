"""A copy of a dataset without people, by bytes: `bytes.py DATASET OUT`."""

import csv
import gzip
import json
import pathlib
import sys

dataset, out = map(pathlib.Path, sys.argv[1:3])
for path in sorted(dataset.rglob("*.*")):
    if not path.is_file():
        continue
    to = out / path.relative_to(dataset)
    to.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".json":
        values = json.loads(path.read_text())
        kept = {
            key: value
            for key, value in values.items()
            if not key.startswith(("Patient", "Institution")) and "Serial" not in key
        }
        to.write_text(json.dumps(kept, indent=2))
    elif path.suffix == ".tsv":
        with open(path) as stream, open(to, "w") as target:
            rows = csv.DictReader(stream, delimiter="\t")
            writer = csv.DictWriter(target, ["participant_id", "age"], delimiter="\t", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
    else:
        raw = bytearray(gzip.decompress(path.read_bytes()))
        raw[148:228] = bytes(80)
        to.write_bytes(gzip.compress(bytes(raw), mtime=0))
