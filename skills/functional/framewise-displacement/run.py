"""Framewise displacement of motion parameters (Power et al. 2012) and their 24-parameter expansion (Friston et al. 1996)."""

import argparse

import numpy as np
from skill_io import fail, read_tsv, versions, write_json, write_tsv

TRANSLATIONS = ["trans_x", "trans_y", "trans_z"]
ROTATIONS = ["rot_x", "rot_y", "rot_z"]


# Turns as arcs are of the size of the translations: 57.3 times as large in degrees, 1000 times where metres stand for mm.
UNLIKELY = 20


def check_units(args, motion):
    widest = float(np.abs(np.diff(motion[:, 3:], axis=0)).max())
    shift, turn = np.ptp(motion[:, :3], axis=0).max(), np.ptp(motion[:, 3:], axis=0).max()
    uneven = args.radius * turn > UNLIKELY * shift
    arc = turn if args.rotation_unit == "rad" else np.deg2rad(turn)
    if args.radius * arc > UNLIKELY * shift and 0 < shift < 0.005 and arc > 0.001:
        fail(f"{args.motion}: translations span {shift:.3g}, rotations {arc:.3g} rad: these are metres, not millimetres; expected trans_x, trans_y, trans_z in mm")
    # No head turns by half a radian (29 degrees) from one volume to the next and stays in the image.
    if args.rotation_unit == "rad" and (widest > 0.5 or (uneven and turn > 0.05)):
        fail(f"{args.motion}: rotations change by up to {widest:.3g} from one volume to the next and span {turn:.3g}, translations span {shift:.3g} mm: these are degrees, not radians; expected rotation_unit deg")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--motion", required=True)
    parser.add_argument("--rotation-unit", choices=["rad", "deg"], default="rad")
    parser.add_argument("--radius", type=float, default=50.0, help="mm")
    parser.add_argument("--threshold", type=float, default=0.5, help="mm")
    parser.add_argument("--confounds", required=True)
    parser.add_argument("--result", required=True)
    args = parser.parse_args()

    table = read_tsv(args.motion)
    missing = [name for name in TRANSLATIONS + ROTATIONS if name not in table]
    if missing:
        fail(f"{args.motion}: has no column {', '.join(missing)}")
    try:
        motion = np.array([[float(cell) for cell in table[name]] for name in TRANSLATIONS + ROTATIONS]).T
    except (TypeError, ValueError):
        fail(f"{args.motion}: holds n/a or words, expected mm and {args.rotation_unit}")
    if not np.isfinite(motion).all() or motion.shape[0] < 2:
        fail(f"{args.motion}: {motion.shape[0]} volumes, expected two or more with finite numbers")
    check_units(args, motion)
    turned = motion.copy()
    if args.rotation_unit == "deg":
        turned[:, 3:] = np.deg2rad(turned[:, 3:])
    moved = np.abs(np.diff(turned, axis=0))
    fd = np.concatenate([[np.nan], moved[:, :3].sum(axis=1) + args.radius * moved[:, 3:].sum(axis=1)])
    derivatives = np.vstack([np.full(6, np.nan), np.diff(turned, axis=0)])
    names = TRANSLATIONS + ROTATIONS
    columns = (
        ["framewise_displacement"]
        + names
        + [f"{name}_derivative1" for name in names]
        + [f"{name}_power2" for name in names]
        + [f"{name}_derivative1_power2" for name in names]
    )
    rows = np.column_stack([fd, turned, derivatives, turned**2, derivatives**2])
    write_tsv(args.confounds, columns, rows.tolist())
    write_json(
        args.result,
        {
            "volumes": int(motion.shape[0]),
            "fd_mean_mm": float(np.nanmean(fd)),
            "fd_max_mm": float(np.nanmax(fd)),
            "threshold_mm": args.threshold,
            "volumes_above": int((fd > args.threshold).sum()),
            "radius_mm": args.radius,
            "rotation_unit_given": args.rotation_unit,
            "rotation_unit_written": "rad",
            "versions": versions("numpy"),
        },
    )


main()
