"""The same without a library of components: `flood.py IN OUT`."""

import itertools
import sys

import nibabel
import numpy

STEPS = [step for step in itertools.product((-1, 0, 1), repeat=3) if 0 < sum(map(abs, step)) < 3]


def voxels(path):
    return set(zip(*(axis.tolist() for axis in numpy.nonzero(numpy.asarray(nibabel.load(path).dataobj)))))


def alone(pieces, other):
    left, count = set(pieces), 0
    while left:
        edge = [left.pop()]
        size, met = 0, False
        while edge:
            i, j, k = spot = edge.pop()
            size += 1
            met = met or spot in other
            for a, b, c in STEPS:
                near = i + a, j + b, k + c
                if near in left:
                    left.remove(near)
                    edge.append(near)
        count += 0 if met else size
    return count


zooms = nibabel.load(sys.argv[1] + "/reference.nii.gz").header.get_zooms()
ml = float(zooms[0]) * float(zooms[1]) * float(zooms[2]) / 1000
truth = voxels(sys.argv[1] + "/reference.nii.gz")
lines = ["prediction\tdsc\tfpv_ml\tfnv_ml"]
for name in "ab":
    guess = voxels(sys.argv[1] + "/prediction-%s.nii.gz" % name)
    dice = 2 * len(truth & guess) / (len(truth) + len(guess))
    lines.append("%s\t%.9f\t%.9f\t%.9f" % (name, dice, alone(guess, truth) * ml, alone(truth, guess) * ml))
open(sys.argv[2], "w").write("\n".join(lines) + "\n")
