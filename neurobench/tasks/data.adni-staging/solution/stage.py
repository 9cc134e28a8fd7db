"""Stages the archive as BIDS by its table: `stage.py IN OUT`."""

import csv
import glob
import json
import os
import shutil
import sys

source, out = sys.argv[1:3]
rows = list(csv.DictReader(open(source + "/search.csv")))
SESSIONS = {"sc": "M000", "m12": "M012", "m24": "M024"}
people, groups = {}, {}
for row in rows:
    subject = "sub-ADNI" + row["Subject"].replace("_", "")
    ages = min(int(r["Age"]) for r in rows if r["Subject"] == row["Subject"])
    people[subject] = [row["Sex"], str(ages), row["Group"]]
    if row["Type"] != "Original":
        continue
    pattern = source + "/ADNI/*/*/*/" + row["Image Data ID"] + "/*.nii.gz"
    path = glob.glob(pattern)[0]
    name = row["Description"]
    suffix = "FLAIR" if "FLAIR" in name else "T1w"
    time = path.split("/")[-3]
    groups.setdefault((subject, "ses-" + SESSIONS[row["Visit"]], suffix), []).append((time, path))
for (subject, session, suffix), own in groups.items():
    own.sort()
    for at, (time, path) in enumerate(own):
        run = "_run-%d" % (at + 1) if len(own) > 1 else ""
        folder = os.path.join(out, subject, session, "anat")
        os.makedirs(folder, exist_ok=True)
        shutil.copyfile(path, "%s/%s_%s%s_%s.nii.gz" % (folder, subject, session, run, suffix))
with open(out + "/participants.tsv", "w") as stream:
    for cells in [["participant_id", "sex", "age", "group"]] + [[id, *people[id]] for id in sorted(people)]:
        stream.write("\t".join(cells) + "\n")
with open(out + "/dataset_description.json", "w") as stream:
    json.dump({"Name": "ADNI", "BIDSVersion": "1.9.0"}, stream)
