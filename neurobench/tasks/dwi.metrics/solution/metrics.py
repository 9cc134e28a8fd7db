"""Metrics of tensors, safe for numbers: `metrics.py TENSOR MASK OUT`."""

import sys

import nibabel
import numpy

tensor, mask, out = sys.argv[1:4]
image = nibabel.load(tensor)
elements = numpy.asarray(image.dataobj, dtype=float)
inside = (numpy.asarray(nibabel.load(mask).dataobj) > 0) & numpy.isfinite(elements).all(-1)
elements[~inside] = 0
xx, yy, zz, xy, xz, yz = numpy.moveaxis(elements, -1, 0)
matrices = numpy.stack([xx, xy, xz, xy, yy, yz, xz, yz, zz], -1).reshape(xx.shape + (3, 3))
raw = numpy.linalg.eigvalsh(matrices)[..., ::-1]
values = numpy.clip(raw, 0, None)


def fa(of):
    size = (of**2).sum(-1)
    spread = ((of - of.mean(-1)[..., None]) ** 2).sum(-1)
    return numpy.sqrt(1.5 * spread / numpy.where(size > 0, size, 1))


maps = {"FA": fa(values), "MD": values.mean(-1), "AD": values[..., 0], "RD": values[..., 1:].mean(-1)}
for name, data in maps.items():
    nibabel.save(nibabel.Nifti1Image(data.astype("float32"), image.affine), "%s/%s.nii.gz" % (out, name))
