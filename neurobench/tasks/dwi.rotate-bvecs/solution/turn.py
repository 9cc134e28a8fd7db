"""Turns the gradients of each volume with its rigid transform: `turn.py DWI BVEC MATRICES OUT`."""

import sys

import nibabel
import numpy

dwi, bvec, matrices, out = sys.argv[1:5]
affine = nibabel.load(dwi).affine
axes = affine[:3, :3] / numpy.linalg.norm(affine[:3, :3], axis=0)
flip = numpy.array([-1, 1, 1] if numpy.linalg.det(axes) > 0 else [1, 1, 1])
world = (numpy.loadtxt(bvec).T * flip) @ axes.T
turns = numpy.loadtxt(matrices, skiprows=1).reshape(-1, 4, 4)[:, :3, :3]
moved = numpy.array([turns[volume] @ vector for volume, vector in enumerate(world)])
turned = moved @ axes * flip
numpy.savetxt(out, turned.T, fmt="%.6f")
