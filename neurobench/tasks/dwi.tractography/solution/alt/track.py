"""Deterministic tracking with DIPY: `track.py DWI BVAL BVEC MASK TRACKS`."""

import sys

import nibabel
import numpy
from dipy.core.gradients import gradient_table
from dipy.reconst.dti import TensorModel
from dipy.tracking.utils import seeds_from_mask

image = nibabel.load(sys.argv[1])
white = numpy.asarray(nibabel.load(sys.argv[4]).dataobj) > 0
bvals, bvecs = numpy.loadtxt(sys.argv[2]), numpy.loadtxt(sys.argv[3]).T
axes = image.affine[:3, :3] / numpy.linalg.norm(image.affine[:3, :3], axis=0)
if numpy.linalg.det(axes) > 0:
    bvecs = bvecs * [-1, 1, 1]
table = gradient_table(bvals, bvecs=bvecs @ axes.T, b0_threshold=10)
v1 = TensorModel(table).fit(numpy.asarray(image.dataobj, dtype=float), mask=white).evecs[..., 0]
seeds = seeds_from_mask(white, image.affine, density=1)
inverse = numpy.linalg.inv(image.affine)
STEP = 2.4


def voxel(point):
    at = tuple(numpy.rint(inverse[:3, :3] @ point + inverse[:3, 3]).astype(int))
    inside = all(0 <= i < n for i, n in zip(at, white.shape))
    return at if inside and white[at] else None


def half(seed, sign):
    points, before = [], sign * v1[voxel(seed)]
    point = seed
    while len(points) < 100:
        at = voxel(point)
        if at is None:
            break
        along = v1[at] if v1[at] @ before >= 0 else -v1[at]
        if along @ before < 0.7:
            break
        points.append(point)
        point, before = point + STEP * along, along
    return points


def Streamlines(all_seeds):
    return (numpy.array(half(seed, -1)[:0:-1] + half(seed, 1)) for seed in all_seeds)


tracker = seeds
lines = []
for line in Streamlines(tracker):
    size = STEP * (len(line) - 1)
    if 20 <= size <= 250:
        lines.append(line)
tractogram = nibabel.streamlines.Tractogram(lines, affine_to_rasmm=numpy.eye(4))
nibabel.streamlines.save(tractogram, sys.argv[5])
