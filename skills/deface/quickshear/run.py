"""Defacing by a plane under the front of the brain, after Quickshear (Schimke and Hale 2011).

The brain mask is projected along left-right. The convex hull of that shadow, seen from the side, has a lower chain that
falls backwards from the foremost point of the brain to its lowest. The longest edge of it gives the plane (Quickshear
takes the first, which the steps of a voxel grid can make almost upright); it is moved down by a margin, and
everything below is set to 0. A convex hull lies on one side of each of its edges: no voxel of the mask can be lost.
"""

import argparse

import nibabel as nib
import numpy as np
from skill_io import fail, load, same_grid, save_like, versions, write_json


def lower_chain(points):
    """Lower convex hull of points (n, 2) by increasing first coordinate (Andrew's monotone chain)."""
    chain = []
    for point in points[np.lexsort((points[:, 1], points[:, 0]))]:
        while len(chain) >= 2 and cross(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return np.array(chain)


def cross(o, a, b):
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--image", "--brain", "--out-defaced", "--out-removed", "--out-result"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--margin", type=float, required=True)
    args = parser.parse_args()
    image, brain_image = load(args.image, 3), load(args.brain, 3)
    same_grid(image, brain_image, "image and brain mask")
    brain = np.asanyarray(brain_image.dataobj) > 0
    if not brain.any():
        fail(f"{args.brain}: the mask is empty")
    data = np.asanyarray(image.dataobj)
    codes = nib.aff2axcodes(image.affine)
    tilt = np.abs(image.affine[:3, :3] / nib.affines.voxel_sizes(image.affine)).max(0)
    # Axes that point right, backwards and up, whatever the order in the file: backwards, so that the front comes first.
    turn = nib.orientations.ornt_transform(
        nib.orientations.io_orientation(image.affine), nib.orientations.axcodes2ornt("RPS")
    )
    turned = nib.orientations.apply_orientation(brain, turn).astype(bool)
    sizes = nib.affines.voxel_sizes(image.affine @ nib.orientations.inv_ornt_aff(turn, image.shape))
    shadow = turned.any(axis=0)
    points = np.argwhere(shadow) * sizes[1:]
    chain = lower_chain(points)
    edges = [(a, b) for a, b in zip(chain, chain[1:]) if b[1] < a[1]]
    if not edges:
        fail(f"{args.brain}: under its front the mask does not fall backwards: is it a brain, oriented as its header says?")
    (y0, z0), (y1, z1) = max(edges, key=lambda edge: float(np.hypot(*(edge[1] - edge[0]))))
    slope = (z1 - z0) / (y1 - y0)
    ys, zs = np.arange(turned.shape[1]) * sizes[1], np.arange(turned.shape[2]) * sizes[2]
    # The margin is a distance from the plane, not along the vertical.
    plane = z0 + slope * (ys - y0) - args.margin * np.hypot(1, slope)
    below = np.broadcast_to(zs[None, None, :] < plane[None, :, None], turned.shape)
    back = nib.orientations.ornt_transform(nib.orientations.axcodes2ornt("RPS"), nib.orientations.io_orientation(image.affine))
    removed = nib.orientations.apply_orientation(below, back).astype(bool)
    lost = int((removed & brain).sum())
    if lost:
        fail(f"the plane would cut {lost} voxels of the brain: nothing was written")
    inside = data != 0
    defaced = data.copy()
    defaced[removed] = 0
    save_like(defaced, image, args.out_defaced, dtype=data.dtype)
    save_like(removed, image, args.out_removed)
    voxel_ml = float(np.prod(sizes)) / 1000
    rows = np.argwhere(turned)
    write_json(
        args.out_result,
        {
            "orientation": "".join(codes),
            "obliquity_deg": float(np.degrees(np.arccos(np.clip(tilt.min(), -1, 1)))),
            "margin_mm": args.margin,
            "slope": float(slope),
            "edge_mm": float(np.hypot(y1 - y0, z1 - z0)),
            "brain_voxels": int(brain.sum()),
            "brain_voxels_removed": lost,
            "removed_voxels": int(removed.sum()),
            "removed_signal_ml": int((removed & inside).sum()) * voxel_ml,
            "removed_fraction": float(removed.mean()),
            # Share of what lies before the brain and below its middle that is gone: where the face is.
            "face_region_removed": face_share(below, rows),
            "versions": versions("nibabel", "numpy"),
        },
    )


def face_share(below, brain_rows):
    """Share removed of the box between the front of the grid and the front quarter of the brain, below its lowest quarter."""
    (_, front, bottom), (_, rear, top) = brain_rows.min(0), brain_rows.max(0)
    box = below[:, : front + (rear - front) // 4, : bottom + (top - bottom) // 4]
    return float(box.mean()) if box.size else 0.0


main()
