"""Resampling in world space: onto the grid of a reference image, or to another voxel size over the same field of view."""

import argparse

import nibabel as nib
import numpy as np
from nibabel.processing import resample_from_to
from skill_io import fail, load, save_like, versions, write_json

ORDERS = {"nearest": 0, "linear": 1, "cubic": 3}


def grid_of_size(image, sizes):
    """A grid with the axes of the image and voxels of `sizes` (mm) whose outer faces start where those of the image do."""
    old = np.asarray(nib.affines.voxel_sizes(image.affine))
    sizes = np.asarray(sizes, float)
    shape = np.maximum(1, np.ceil(np.asarray(image.shape[:3]) * old / sizes - 1e-6)).astype(int)
    affine = image.affine.copy()
    affine[:3, :3] = image.affine[:3, :3] / old * sizes
    # The centre of the first voxel lies half a new voxel from the face, which was half an old one from its centre.
    affine[:3, 3] += image.affine[:3, :3] / old @ ((sizes - old) / 2)
    return tuple(int(n) for n in shape), affine


def blank(shape, affine, source):
    image = nib.Nifti1Image(np.zeros(shape, np.uint8), affine)
    code = int(source.header["sform_code"]) or int(source.header["qform_code"]) or 2
    image.set_sform(affine, code)
    image.set_qform(affine, code)
    return image


def series_on(target, image, result):
    """A header for a series: the place of the target, the time of the image."""
    series = nib.Nifti1Image(np.zeros(result.shape, np.uint8), target.affine)
    series.header.set_zooms((*nib.affines.voxel_sizes(target.affine), image.header.get_zooms()[3]))
    series.header.set_xyzt_units("mm", image.header.get_xyzt_units()[1])
    for name in ("qform", "sform"):
        matrix, code = getattr(target, f"get_{name}")(coded=True)
        getattr(series, f"set_{name}")(matrix, int(code), update_affine=False)
    return series


def inside(image, shape, affine):
    """Fraction of the target's voxel centres that lie in the field of view of the image."""
    axes = [np.unique(np.linspace(0, n - 1, min(n, 25)).round()) for n in shape]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    at = nib.affines.apply_affine(np.linalg.inv(image.affine) @ affine, points)
    return float(np.all((at >= -0.5) & (at <= np.asarray(image.shape[:3]) - 0.5), axis=1).mean())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--image", required=True)
    parser.add_argument("--reference")
    parser.add_argument("--voxel-size", type=float, nargs="+")
    parser.add_argument("--interpolation", choices=sorted(ORDERS), required=True)
    parser.add_argument("--labels", action="store_true")
    parser.add_argument("--out-resampled", required=True)
    parser.add_argument("--out-result", required=True)
    args = parser.parse_args()
    if (args.reference is None) == (args.voxel_size is None):
        fail("expected either a reference image or a voxel size, not both and not neither")
    if args.labels and args.interpolation != "nearest":
        fail(f"labels are no quantities: interpolation {args.interpolation} would invent labels; expected nearest")
    image = load(args.image)
    if image.ndim not in (3, 4):
        fail(f"{args.image}: {image.ndim} dimensions, expected 3 or 4")
    data = np.asanyarray(image.dataobj)
    if args.labels and not np.array_equal(data, np.round(data)):
        fail(f"{args.image}: not a label image, some values are no whole numbers")
    if args.reference is not None:
        target = load(args.reference)
        shape, affine = target.shape[:3], target.affine
        if not isinstance(target.header, nib.Nifti1Header):
            target = blank(shape, affine, image)
    else:
        if len(args.voxel_size) not in (1, 3):
            fail(f"{len(args.voxel_size)} voxel sizes, expected one or three (mm)")
        shape, affine = grid_of_size(image, np.broadcast_to(args.voxel_size, 3))
        target = blank(shape, affine, image)
    fraction = inside(image, shape, affine)
    if fraction == 0:
        fail(f"{args.image} and the target grid do not meet in space: no voxel of the target lies in the image")
    order = ORDERS[args.interpolation]
    volumes = data if data.ndim == 4 else data[..., None]
    kind = data.dtype if args.labels or order == 0 else np.float32
    moved = []
    for index in range(volumes.shape[3]):
        volume = nib.Nifti1Image(np.asarray(volumes[..., index], np.float64), image.affine)
        moved.append(resample_from_to(volume, (shape, affine), order=order, mode="constant", cval=0.0).get_fdata())
    result = np.stack(moved, -1) if data.ndim == 4 else moved[0]
    save_like(result.astype(kind), target if data.ndim == 3 else series_on(target, image, result), args.out_resampled)
    write_json(
        args.out_result,
        {
            "shape": list(result.shape),
            "voxel_size_mm": [float(size) for size in nib.affines.voxel_sizes(affine)],
            "fraction_of_target_inside": fraction,
            "interpolation": args.interpolation,
            "labels": args.labels,
            "versions": versions("nibabel", "numpy", "scipy"),
        },
    )


main()
