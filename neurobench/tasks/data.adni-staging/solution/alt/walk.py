"""Stages the archive as BIDS by its folders: `walk.py IN OUT`."""

import pathlib
import shutil
import sys

import pandas

source, out = map(pathlib.Path, sys.argv[1:3])
table = pandas.read_csv(source / "search.csv").set_index("Image Data ID")
table["sub"] = "sub-ADNI" + table.Subject.str.replace("_", "")
table["ses"] = "ses-M" + table.Visit.replace("sc", "m0").str[1:].str.zfill(3)
for visit in sorted((source / "ADNI").glob("*")):
    found = []
    for path in visit.glob("*/*/*/*.nii.gz"):
        row = table.loc[path.parent.name]
        if row.Type == "Original":
            suffix = "FLAIR" if row.Description.endswith("FLAIR") else "T1w"
            found.append((row["sub"], row.ses, suffix, path.parents[1].name, path))
    frame = pandas.DataFrame(found, columns=["sub", "ses", "suffix", "time", "path"]).sort_values("time")
    for (sub, ses, suffix), own in frame.groupby(["sub", "ses", "suffix"]):
        for number, path in enumerate(own.path, 1):
            run = "run-%d_" % number if len(own) > 1 else ""
            target = out / sub / ses / "anat" / ("%s_%s_%s%s.nii.gz" % (sub, ses, run, suffix))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
first = table.sort_values("Age").groupby("sub").first().reset_index()
people = first[["sub", "Sex", "Age", "Group"]]
people.columns = ["participant_id", "sex", "age", "group"]
people.to_csv(out / "participants.tsv", sep="\t", index=False)
