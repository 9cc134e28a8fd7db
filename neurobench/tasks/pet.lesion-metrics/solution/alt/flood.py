"""The same without a library of components: `flood.py IN OUT`."""

import itertools
import os
import sys

import nibabel
import numpy

folder, out = sys.argv[1:3]
STEPS = [step for step in itertools.product((-1, 0, 1), repeat=3) if 0 < sum(map(abs, step)) < 3]


def lonely(pieces, other, ml):
    left, alone = set(map(tuple, numpy.argwhere(pieces))), 0
    while left:
        piece, edge = [], [left.pop()]
        while edge:
            spot = edge.pop()
            piece.append(spot)
            for step in STEPS:
                near = tuple(a + b for a, b in zip(spot, step))
                if near in left:
                    left.remove(near)
                    edge.append(near)
        if not any(other[spot] for spot in piece):
            alone += len(piece)
    return alone * ml


with open(out, "w") as stream:
    print("case", "dsc", "fpv_ml", "fnv_ml", sep="\t", file=stream)
    for case in sorted(name for name in os.listdir(folder) if name.startswith("case-")):
        image = nibabel.load(os.path.join(folder, case, "reference.nii.gz"))
        truth = image.get_fdata() > 0
        guess = nibabel.load(os.path.join(folder, case, "prediction.nii.gz")).get_fdata() > 0
        ml = float(numpy.prod(image.header.get_zooms()[:3])) / 1000
        values = [2 * (truth & guess).sum() / (truth.sum() + guess.sum()), lonely(guess, truth, ml), lonely(truth, guess, ml)]
        if not truth.any():
            values[0] = values[2] = None
        print(case, *("n/a" if value is None else round(float(value), 6) for value in values), sep="\t", file=stream)
