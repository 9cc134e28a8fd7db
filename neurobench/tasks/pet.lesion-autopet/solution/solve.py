"""Dice and false volumes of two predictions: `solve.py IN OUT`."""

import sys

import nibabel
import numpy
from scipy.ndimage import generate_binary_structure, label

folder, out = sys.argv[1:3]
neighbours = generate_binary_structure(3, 2)
image = nibabel.load(folder + "/reference.nii.gz")
ml = abs(numpy.linalg.det(image.affine[:3, :3])) / 1000
whole = numpy.asarray(image.dataobj) > 0
guesses = {name: numpy.asarray(nibabel.load(folder + "/prediction-" + name + ".nii.gz").dataobj) > 0 for name in "ab"}
# Whatever lies outside of the slices with a lesion is empty in all three.
slices = numpy.flatnonzero((whole | guesses["a"] | guesses["b"]).any(axis=(0, 1)))
part = slice(slices[0], slices[-1] + 1)
truth = whole[:, :, part]


def lonely(pieces, other):
    """Volume of the components of `pieces` that nothing of `other` touches, mL."""
    found, _ = label(pieces, neighbours)
    sizes = numpy.bincount(found.ravel())
    sizes[0] = 0
    sizes[numpy.unique(found[other])] = 0
    return sizes.sum() * ml


with open(out, "w") as stream:
    stream.write("prediction\tdsc\tfpv_ml\tfnv_ml\n")
    for name in "ab":
        guess = guesses[name][:, :, part]
        dice = 2 * (truth & guess).sum() / (truth.sum() + guess.sum())
        values = name, dice, lonely(guess, truth), lonely(truth, guess)
        stream.write("%s\t%.9f\t%.9f\t%.9f\n" % values)
