"""Stages one HCP subject as BIDS: `stage.py IN OUT`."""

import glob
import json
import os
import shutil
import sys

source = glob.glob(sys.argv[1] + "/*/unprocessed/3T")[0]
id = source.split("/")[-3]
subject = os.path.join(sys.argv[2], "sub-" + id)
for name in ["anat", "func"]:
    os.makedirs(os.path.join(subject, name))
with open(os.path.join(sys.argv[2], "dataset_description.json"), "w") as stream:
    json.dump({"Name": "HCP subject", "BIDSVersion": "1.9.0"}, stream)


def copy(path, name):
    shutil.copyfile(path, os.path.join(subject, name))


for hcp, suffix in [("T1w_MPR1", "T1w"), ("T2w_SPC1", "T2w")]:
    path = os.path.join(source, hcp, "%s_3T_%s.nii.gz" % (id, hcp))
    copy(path, "anat/sub-%s_run-1_%s.nii.gz" % (id, suffix))
for hcp, task in [("rfMRI_REST1", "rest"), ("tfMRI_MOTOR", "motor")]:
    for dir in ["LR", "RL"]:
        folder = os.path.join(source, "%s_%s" % (hcp, dir))
        stem = os.path.join(folder, id + "_3T_" + hcp + "_" + dir)
        name = "func/sub-%s_task-%s_dir-%s" % (id, task, dir)
        copy(stem + ".nii.gz", name + "_bold.nii.gz")
        copy(stem + "_SBRef" + ".nii.gz", name + "_sbref.nii.gz")
        sidecar = {
            "TaskName": task,
            "RepetitionTime": 0.72,
            "EffectiveEchoSpacing": 0.00058,
            "PhaseEncodingDirection": "i-" if dir == "LR" else "i",
        }
        with open(os.path.join(subject, name + "_bold.json"), "w") as stream:
            json.dump(sidecar, stream)
        if task == "motor":
            rows = []
            for path in glob.glob(folder + "/EVs/*.txt"):
                name_of = os.path.basename(path)[:-4]
                rows += [(float(line[0]), line[1], name) for line in map(str.split, open(path)) for name in [name_of]]
            with open(os.path.join(subject, name + "_events.tsv"), "w") as stream:
                stream.write("onset\tduration\ttrial_type\n")
                stream.writelines("%.2f\t%s\t%s\n" % row for row in sorted(rows))
