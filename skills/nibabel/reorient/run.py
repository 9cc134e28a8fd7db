"""Another order and direction of the voxel axes: voxels move in the file, nothing moves in space."""

import argparse

import nibabel as nib
import numpy as np
from skill_io import fail, load, save_like, versions, write_json


def reoriented(image, codes):
    """The image with axes that point to `codes` (such as R, A, S), with both forms of its place turned alike."""
    have = nib.orientations.io_orientation(image.affine)
    turn = nib.orientations.ornt_transform(have, nib.orientations.axcodes2ornt(codes))
    data = nib.orientations.apply_orientation(np.asanyarray(image.dataobj), turn)
    step = nib.orientations.inv_ornt_aff(turn, image.shape[:3])
    result = nib.Nifti1Image(np.zeros(data.shape, np.uint8), image.affine @ step)
    if image.ndim == 4:
        result.header.set_zooms((*nib.affines.voxel_sizes(result.affine), image.header.get_zooms()[3]))
    if isinstance(image.header, nib.Nifti1Header):
        result.header.set_xyzt_units(*image.header.get_xyzt_units())
        for name in ("qform", "sform"):
            matrix, code = getattr(image, f"get_{name}")(coded=True)
            if matrix is None or int(code) == 0:
                getattr(result, f"set_{name}")(None, 0, update_affine=False)
            else:
                getattr(result, f"set_{name}")(matrix @ step, int(code), update_affine=False)
    return data, result


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--image", "--orientation", "--out-reoriented", "--out-result"):
        parser.add_argument(flag, required=True)
    args = parser.parse_args()
    codes = args.orientation.upper()
    axes = [next((axis for axis, pair in enumerate(("LR", "PA", "IS")) if code in pair), -1) for code in codes]
    if len(codes) != 3 or sorted(axes) != [0, 1, 2]:
        fail(f"orientation {args.orientation}: expected three letters, one each of L/R, P/A, I/S, such as RAS")
    image = load(args.image)
    if image.ndim not in (3, 4):
        fail(f"{args.image}: {image.ndim} dimensions, expected 3 or 4")
    before = nib.aff2axcodes(image.affine)
    data, target = reoriented(image, codes)
    save_like(data, target, args.out_reoriented, dtype=data.dtype)
    write_json(
        args.out_result,
        {
            "from": "".join(before),
            "to": codes,
            "shape": list(data.shape),
            "handedness_changed": bool(np.linalg.det(image.affine[:3, :3]) * np.linalg.det(target.affine[:3, :3]) < 0),
            "versions": versions("nibabel", "numpy"),
        },
    )


main()
