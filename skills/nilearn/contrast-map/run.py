"""One contrast of a first-level map that holds several, by its name."""

import argparse

import numpy as np
from skill_io import fail, load, read_tsv, save_like, versions, write_json


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--maps", required=True)
    parser.add_argument("--contrasts", required=True, help="TSV: contrast, and its volume")
    parser.add_argument("--contrast", required=True)
    parser.add_argument("--map", required=True)
    parser.add_argument("--result", required=True)
    args = parser.parse_args()

    image = load(args.maps)
    table = read_tsv(args.contrasts)
    for name in ("contrast", "volume"):
        if name not in table:
            fail(f"{args.contrasts}: has no column {name}; it has {', '.join(table)}")
    names = table["contrast"]
    if args.contrast not in names:
        fail(f"{args.contrasts}: has no contrast {args.contrast}; it has {', '.join(str(name) for name in names)}")
    count = image.shape[3] if image.ndim == 4 else 1
    if image.ndim not in (3, 4) or count != len(names):
        fail(f"{args.maps}: {count} volumes for the {len(names)} contrasts of {args.contrasts}: they are not of one fit")
    volume = int(table["volume"][names.index(args.contrast)])
    if not 0 <= volume < count:
        fail(f"{args.contrasts}: volume {volume} of {args.contrast}, expected 0 to {count - 1}")
    data = np.asanyarray(image.dataobj)
    chosen = data if data.ndim == 3 else data[..., volume]
    save_like(chosen, image, args.map)
    write_json(
        args.result,
        {
            "contrast": args.contrast,
            "volume": volume,
            "of": names,
            "largest": float(np.abs(chosen).max()),
            "versions": versions("nibabel", "numpy"),
        },
    )


main()
