"""A subject of FreeSurfer made of real surfaces (fsaverage5, in nilearn), written by nibabel: an independent writer.

Statistics, log and stamp are texts in the form of real ones; the images are those that the test gives.
"""

import shutil
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel import freesurfer as fs
from nilearn import datasets

aseg, name, out = sys.argv[1:4]
folder = Path(out) / name
for part in ("mri/transforms", "surf", "label", "stats", "scripts"):
    (folder / part).mkdir(parents=True)
STAMP = "freesurfer-linux-ubuntu22_x86_64-7.4.1-20230614-7eb8460"
(folder / "scripts/build-stamp.txt").write_text(STAMP + "\n")
(folder / "scripts/recon-all.log").write_text(
    f"subjid {name}\nbuild-stamp.txt: {STAMP}\nrecon-all -s {name} finished without error at Tue\n"
)
for image in ("orig", "nu", "T1", "brainmask", "aseg.presurf", "wm", "filled", "ribbon", "aparc+aseg", "aseg"):
    shutil.copy(aseg, folder / f"mri/{image}.mgz")
(folder / "mri/transforms/talairach.xfm").write_text("MNI Transform File\n")

surfaces = datasets.fetch_surf_fsaverage("fsaverage5")
for hemi, side in (("lh", "left"), ("rh", "right")):
    for ours, theirs in (("white", "white"), ("pial", "pial"), ("inflated", "infl"), ("sphere.reg", "sphere")):
        points, triangles = (array.data for array in nib.load(surfaces[f"{theirs}_{side}"]).darrays)
        fs.write_geometry(folder / f"surf/{hemi}.{ours}", points.astype("f4"), triangles.astype("i4"))
    thickness = nib.load(surfaces[f"thick_{side}"]).darrays[0].data
    fs.write_morph_data(folder / f"surf/{hemi}.thickness", thickness)
    # Two regions: in front of and behind the middle; the colour is the label.
    front = (points[:, 1] > 0).astype("i4")
    colours = np.array([[25, 5, 25, 0, 25 + 5 * 256 + 25 * 65536], [25, 100, 40, 0, 25 + 100 * 256 + 40 * 65536]])
    fs.write_annot(folder / f"label/{hemi}.aparc.annot", front, colours, ["back", "front"])
    (folder / f"label/{hemi}.cortex.label").write_text("#!ascii label\n")
    rows = "".join(
        f"{region} {np.sum(front == at)} 1000 2000 {thickness[front == at].mean():.3f} 0.5 0.1 0.02 10 1.3\n"
        for at, region in enumerate(("back", "front"))
    )
    (folder / f"stats/{hemi}.aparc.stats").write_text(
        f"# subjectname {name}\n# hemi {hemi}\n"
        "# ColHeaders StructName NumVert SurfArea GrayVol ThickAvg ThickStd MeanCurv GausCurv FoldInd CurvInd\n" + rows
    )
(folder / "stats/aseg.stats").write_text(
    f"# subjectname {name}\n"
    "# Measure BrainSeg, BrainSegVol, Brain Segmentation Volume, 1193318.0, mm^3\n"
    "# Measure EstimatedTotalIntraCranialVol, eTIV, Estimated Total Intracranial Volume, 1577415.2, mm^3\n"
    "# ColHeaders Index SegId NVoxels Volume_mm3 StructName\n1 17 4120 4180.3 Left-Hippocampus\n"
)
