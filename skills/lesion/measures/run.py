"""Overlap of a predicted lesion mask with a reference, as the autoPET challenge scores it, and a table of the lesions.

Foreground is every voxel above 0. Components are 18-connected (a shared face or edge). The false-positive volume is
that of predicted components without one voxel of the reference, the false-negative volume that of reference components
without one voxel of the prediction (Gatidis et al. 2022; autoPET evaluation code).
"""

import argparse

import nibabel as nib
import numpy as np
from scipy import ndimage
from skill_io import fail, load, same_grid, versions, write_json, write_tsv

EIGHTEEN = ndimage.generate_binary_structure(3, 2)
COLUMNS = ["image", "lesion", "voxels", "volume_ml", "x_mm", "y_mm", "z_mm", "overlap_voxels", "overlap_fraction", "detected"]


def foreground(image, path):
    values = np.asanyarray(image.dataobj)
    if values.min() < 0:
        fail(f"{path}: a mask with values below 0; expected 0 for background and values above 0 for lesion")
    return values > 0


def lesions(own, other, affine, voxel_ml, name):
    """Rows of the table: components of `own` in order of their first voxel, centroids in world coordinates (mm, RAS+)."""
    labels, count = ndimage.label(own, structure=EIGHTEEN)
    index = np.arange(1, count + 1)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    overlaps = np.bincount(labels[other].ravel(), minlength=count + 1)[1:]
    centroids = ndimage.center_of_mass(own, labels, index) if count else []
    rows = []
    for lesion, size, overlap, centroid in zip(index, sizes, overlaps, centroids):
        x, y, z = nib.affines.apply_affine(affine, centroid)
        rows.append([name, int(lesion), int(size), size * voxel_ml, x, y, z, int(overlap), overlap / size, bool(overlap)])
    missed = int(sizes[overlaps == 0].sum())
    return rows, missed * voxel_ml


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--reference", "--prediction", "--out-table", "--out-measures"):
        parser.add_argument(flag, required=True)
    args = parser.parse_args()
    reference, prediction = load(args.reference, 3), load(args.prediction, 3)
    same_grid(reference, prediction, "reference and prediction")
    truth, found = foreground(reference, args.reference), foreground(prediction, args.prediction)
    # In single precision, as the challenge multiplies the sizes of the header: another rounding moves its numbers by 3e-8.
    voxel_ml = float(np.prod(np.asarray(reference.header.get_zooms()[:3], np.float32))) / 1000
    true_rows, missed_ml = lesions(truth, found, reference.affine, voxel_ml, "reference")
    found_rows, false_ml = lesions(found, truth, reference.affine, voxel_ml, "prediction")

    both, total = int(np.count_nonzero(truth & found)), int(truth.sum()) + int(found.sum())
    empty = not truth.any()
    note = "the reference holds no lesion: DSC and false-negative volume are undefined" if empty else None
    write_tsv(args.out_table, COLUMNS, true_rows + found_rows)
    write_json(
        args.out_measures,
        {
            "dsc": None if empty else 2 * both / total,
            "false_positive_volume_ml": false_ml,
            "false_negative_volume_ml": None if empty else missed_ml,
            "reference": {"lesions": len(true_rows), "volume_ml": int(truth.sum()) * voxel_ml},
            "prediction": {"lesions": len(found_rows), "volume_ml": int(found.sum()) * voxel_ml},
            "detected_lesions": sum(row[-1] for row in true_rows),
            "voxel_volume_ml": voxel_ml,
            "connectivity": 18,
            "note": note,
            "versions": versions("nibabel", "numpy", "scipy"),
        },
    )


main()
