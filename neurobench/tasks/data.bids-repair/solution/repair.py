"""Repairs the dataset: `repair.py DATASET AGES OUT`."""

import json
import os
import shutil
import sys

dataset, ages, out = sys.argv[1:4]
for folder, _, names in os.walk(dataset):
    for name in names:
        if name.startswith(".") or name == "participants.tsv":
            continue
        path = os.path.join(folder, name)
        to = os.path.join(out, os.path.relpath(folder, dataset), name.replace("mprage", "T1w"))
        os.makedirs(os.path.dirname(to), exist_ok=True)
        if name.endswith(".json"):
            values = json.load(open(path))
            if values.get("RepetitionTime", 0) > 100:
                for key in ["RepetitionTime", "EchoTime", "SliceTiming"]:
                    value = values[key]
                    values[key] = [each / 1000 for each in value] if isinstance(value, list) else value / 1000
            with open(to, "w") as stream:
                json.dump(values, stream)
        elif name.endswith("_events.tsv"):
            header, *rows = [line.split("\t") for line in open(path).read().strip().split("\n")]
            if max(float(row[0]) for row in rows) > 100:
                for row in rows:
                    for column in [0, 1]:
                        row[column] = "%g" % (float(row[column]) / 1000)
            with open(to, "w") as stream:
                stream.writelines("\t".join(row) + "\n" for row in [header, *rows])
        else:
            shutil.copyfile(path, to)
with open(os.path.join(out, "participants.tsv"), "w") as stream:
    stream.write("participant_id\tage\n")
    for line in open(ages):
        id, age = line.split(":")
        stream.write("%s\t%s\n" % (id.strip(), age.strip()))
