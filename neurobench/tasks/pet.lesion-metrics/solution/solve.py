"""Dice and false volumes as in autoPET: `solve.py IN OUT`."""

import os
import sys

import nibabel
import numpy
from scipy.ndimage import generate_binary_structure, label

folder, out = sys.argv[1:3]
neighbours = generate_binary_structure(3, 2)


def lonely(pieces, other, ml):
    """Volume of the components of `pieces` that nothing of `other` touches, mL."""
    found, count = label(pieces, neighbours)
    met = numpy.unique(found[other])
    return sum((found == index).sum() for index in range(1, count + 1) if index not in met) * ml


with open(out, "w") as stream:
    stream.write("case\tdsc\tfpv_ml\tfnv_ml\n")
    for case in sorted(os.listdir(folder)):
        if not case.startswith("case-"):
            continue
        image = nibabel.load(os.path.join(folder, case, "reference.nii.gz"))
        truth = numpy.asarray(image.dataobj) > 0
        guess = numpy.asarray(nibabel.load(os.path.join(folder, case, "prediction.nii.gz")).dataobj) > 0
        ml = abs(numpy.linalg.det(image.affine[:3, :3])) / 1000
        empty = not truth.any()
        dice = 2 * (truth & guess).sum() / (truth.sum() + guess.sum())
        false, missed = lonely(guess, truth, ml), lonely(truth, guess, ml)
        cells = [case, "n/a" if empty else "%.6f" % dice, "%.6f" % false, "n/a" if empty else "%.6f" % missed]
        stream.write("\t".join(cells) + "\n")
