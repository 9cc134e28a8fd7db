"""Rigid motion correction of one BOLD run, with ANTs: each volume is registered to one volume of the run.

The six parameters say how the head moved from the reference volume to each other one, in the scanner's frame (RAS+, mm,
radians): a point that was at x is now at R (x - c) + c + t, with c the centre of the grid, t = (trans_x, trans_y,
trans_z) and R = Rx(rot_x) Ry(rot_y) Rz(rot_z), each turning right-handed about its axis.
"""

import argparse
import os

os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] = "1"

import ants
import nibabel as nib
import numpy as np
from skill_io import fail, load, save_like, versions, write_json, write_tsv

NAMES = ["trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z"]
RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0])
SMALLEST_GRID = 4
SEED = 1
# Volumes of one run have one contrast: least squares is the most exact measure, on the grid of half and of full size.
REGISTRATION = {
    "type_of_transform": "Rigid",
    "initial_transform": "Identity",
    "aff_metric": "meansquares",
    "aff_shrink_factors": (2, 1),
    "aff_smoothing_sigmas": (1, 0),
    "aff_iterations": (100, 50),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bold", required=True)
    parser.add_argument("--reference", choices=["middle", "first"], default="middle")
    parser.add_argument("--sampling", type=float, default=0.25, help="share of voxels")
    parser.add_argument("--interpolation", choices=["lanczosWindowedSinc", "linear"], default="lanczosWindowedSinc")
    parser.add_argument("--corrected", required=True)
    parser.add_argument("--reference-volume", required=True)
    parser.add_argument("--motion", required=True)
    parser.add_argument("--result", required=True)
    args = parser.parse_args()

    image = load(args.bold, 4)
    check_space(image, args.bold)
    data = image.get_fdata(dtype=np.float32)
    volumes = data.shape[3]
    empty = [index for index in range(volumes) if np.ptp(data[..., index]) == 0]
    if empty:
        fail(f"{args.bold}: {len(empty)} of {volumes} volumes hold one value only, the first is volume {empty[0]}: they are missing; cut them off, or convert the run again")
    at = volumes // 2 if args.reference == "middle" else 0
    centre = nib.affines.apply_affine(image.affine, (np.array(data.shape[:3]) - 1) / 2)
    fixed = to_ants(data[..., at], image)
    corrected = np.empty_like(data)
    motion = np.zeros((volumes, 6))
    for index in range(volumes):
        if index == at:
            corrected[..., index] = data[..., index]
            continue
        moving = to_ants(data[..., index], image)
        found = ants.registration(fixed, moving, aff_random_sampling_rate=args.sampling, random_seed=SEED, **REGISTRATION)
        transforms = found["fwdtransforms"]
        motion[index] = movement(ants.read_transform(transforms[0]), centre)
        moved = ants.apply_transforms(fixed, moving, transforms, interpolator=args.interpolation)
        corrected[..., index] = moved.numpy()
        for path in {*transforms, *found["invtransforms"]}:
            if os.path.exists(path):
                os.remove(path)
    farthest = np.linalg.norm(motion[:, :3], axis=1)
    save_like(corrected, image, args.corrected)
    save_like(data[..., at], image, args.reference_volume)
    write_tsv(args.motion, NAMES, motion.tolist())
    write_json(
        args.result,
        {
            "volumes": volumes,
            "reference_volume": at,
            "centre_mm": centre,
            "largest_translation_mm": float(farthest.max()),
            "largest_rotation_rad": float(np.abs(motion[:, 3:]).max()),
            "interpolation": args.interpolation,
            "convention": "movement of the head from the reference volume, RAS+ mm and radians, R = Rx Ry Rz about the centre of the grid",
            "versions": versions("ants", "nibabel", "numpy"),
        },
    )


def check_space(image, path):
    if min(image.shape[:3]) < SMALLEST_GRID:
        fail(f"{path}: {' x '.join(str(n) for n in image.shape[:3])} voxels, expected {SMALLEST_GRID} or more along each axis: movement out of a single slice cannot be estimated")
    if image.shape[3] < 2:
        fail(f"{path}: one volume, expected a series")
    unit = image.header.get_xyzt_units()[0] if isinstance(image.header, nib.Nifti1Header) else "mm"
    if unit not in ("mm", "unknown"):
        fail(f"{path}: lengths are in {unit}, expected mm: write the header again in mm")
    zooms = image.header.get_zooms()[:3]
    if min(zooms) < 0.3 or max(zooms) > 20:
        fail(f"{path}: voxels of {' x '.join(f'{zoom:g}' for zoom in zooms)}, expected 0.3 to 20 mm; is the header in metres or micrometres?")
    direction = image.affine[:3, :3] / np.linalg.norm(image.affine[:3, :3], axis=0)
    if np.abs(direction.T @ direction - np.eye(3)).max() > 1e-3:
        fail(f"{path}: the axes of the grid are not at right angles, expected an image as the scanner made it")


def to_ants(volume, image):
    """ITK's frame is LPS."""
    affine = RAS_FROM_LPS @ image.affine[:3, :3]
    spacing = np.linalg.norm(affine, axis=0)
    return ants.from_numpy(
        np.ascontiguousarray(volume),
        origin=(RAS_FROM_LPS @ image.affine[:3, 3]).tolist(),
        spacing=spacing.tolist(),
        direction=affine / spacing,
    )


def movement(transform, centre):
    """Six parameters of an ITK rigid transform, which maps points of the fixed image to the moving one (LPS)."""
    numbers = np.asarray(transform.parameters, float)
    about = RAS_FROM_LPS @ np.asarray(transform.fixed_parameters, float)[:3]
    turn = RAS_FROM_LPS @ numbers[:9].reshape(3, 3) @ RAS_FROM_LPS
    shift = RAS_FROM_LPS @ numbers[9:12]
    # y = R (x - about) + about + shift; the same map about the centre of the grid.
    translation = turn @ (centre - about) + about + shift - centre
    rotation = [
        np.arctan2(-turn[1, 2], turn[2, 2]),
        np.arcsin(np.clip(turn[0, 2], -1, 1)),
        np.arctan2(-turn[0, 1], turn[0, 0]),
    ]
    return np.concatenate([translation, rotation])


main()
