"""Peaks of orientation functions of single-shell series: what models of them share."""

from dwi_io import load_dwi, peak_volumes, shells_of
from skill_io import fail, save_like, versions, write_json


def add_arguments(parser, *outputs):
    for flag in ("--dwi", "--bval", "--bvec", "--mask", "--out-peaks", "--out-count", *outputs, "--out-result"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--sh-order", type=int, required=True)
    parser.add_argument("--max-peaks", type=int, required=True)
    parser.add_argument("--relative-threshold", type=float, required=True)
    parser.add_argument("--min-separation", type=float, required=True)


def load_shell(args, terms_per_direction):
    """Returns image, data, b-values, directions, mask and the one shell; fails where the order asks for more than it
    can tell: a fit of (L+1)(L+2)/2 terms takes at most `terms_per_direction` terms a direction."""
    image, data, bvals, directions, mask = load_dwi(args.dwi, args.bval, args.bvec, args.mask)
    shells = shells_of(bvals)
    if len(shells) != 1:
        fail(f"{len(shells)} shells above b=0: this model takes one; expected a series of b=0 and one shell")
    shell = shells[0]
    terms = (args.sh_order + 1) * (args.sh_order + 2) // 2
    if args.sh_order % 2:
        fail(f"order {args.sh_order}: harmonics of diffusion have even orders")
    if terms > terms_per_direction * shell["directions"]:
        fail(f"order {args.sh_order} has {terms} terms, the shell {shell['directions']} volumes: expected a lower order")
    return image, data, bvals, directions, mask, shell


def find_peaks(model, data, mask, args):
    from dipy.data import default_sphere
    from dipy.direction import peaks_from_model

    return peaks_from_model(
        model,
        data,
        default_sphere,
        relative_peak_threshold=args.relative_threshold,
        min_separation_angle=args.min_separation,
        mask=mask,
        npeaks=args.max_peaks,
        sh_order_max=args.sh_order,
        return_sh=False,
        gfa_thr=0,
        parallel=False,
    )


def write_peaks(found, image, mask, shell, args, numbers):
    """Writes peaks, their count and the JSON result with `numbers` of the model beside the common ones."""
    volumes, count = peak_volumes(found, mask, args.max_peaks)
    save_like(volumes, image, args.out_peaks)
    save_like(count, image, args.out_count)
    inside = count[mask]
    write_json(
        args.out_result,
        {
            "frame": "scanner, RAS+",
            "sh_order": args.sh_order,
            "shell": shell,
            "voxels": int(mask.sum()),
            "voxels_without_peak": int((inside == 0).sum()),
            "mean_peaks": float(inside.mean()),
            "versions": versions("dipy", "nibabel", "numpy"),
            **numbers,
        },
    )
