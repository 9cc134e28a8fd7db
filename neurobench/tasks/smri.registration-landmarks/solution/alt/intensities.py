"""The same from the signals, by least squares: `intensities.py FIXED MOVED LANDMARKS OUT`."""

import sys

import nibabel
import numpy
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

a, b = nibabel.load(sys.argv[1]), nibabel.load(sys.argv[2])
fixed, moved = (gaussian_filter(image.get_fdata(), 1.5) for image in (a, b))
voxels = numpy.argwhere(numpy.ones(fixed.shape))[::31]
values = fixed[tuple(voxels.T)]
places = nibabel.affines.apply_affine(a.affine, voxels)
back = numpy.linalg.inv(b.affine)


def move(parameters, points):
    return Rotation.from_euler("xyz", parameters[:3], degrees=True).apply(points) + parameters[3:]


def difference(parameters):
    at = nibabel.affines.apply_affine(back, move(parameters, places)).T
    return map_coordinates(moved, at, order=1, mode="nearest") - values


best = least_squares(difference, numpy.zeros(6), diff_step=1e-3, x_scale=[1, 1, 1, 1, 1, 1]).x
lines = open(sys.argv[3]).read().splitlines()
with open(sys.argv[4], "w") as stream:
    print(lines[0], file=stream)
    for line in lines[1:]:
        name, *place = line.split("\t")
        print(name, *numpy.round(move(best, numpy.array(place, float)), 4), sep="\t", file=stream)
