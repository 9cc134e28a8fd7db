"""Temporal mean and temporal signal-to-noise ratio of a BOLD run: mean over standard deviation without the linear trend."""

import argparse

import numpy as np
from masked_series import load_masked
from skill_io import fail, save_like, versions, write_json


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bold", required=True)
    parser.add_argument("--mask", required=True)
    parser.add_argument("--mean", required=True)
    parser.add_argument("--tsnr", required=True)
    parser.add_argument("--result", required=True)
    args = parser.parse_args()

    image, inside = load_masked(args.bold, args.mask)
    data = image.get_fdata(dtype=np.float32)
    volumes = data.shape[3]
    if volumes < 4:
        fail(f"{args.bold}: {volumes} volumes, expected 4 or more")
    mean = data.mean(axis=3, dtype=np.float64)
    series = data[inside].astype(np.float64)
    trend = np.linspace(-1, 1, volumes)
    centred = series - series.mean(axis=1, keepdims=True)
    residual = centred - np.outer(centred @ trend / (trend @ trend), trend)
    # Mean and slope take two degrees of freedom.
    sd = np.sqrt((residual**2).sum(axis=1) / (volumes - 2))
    values = np.divide(series.mean(axis=1), sd, out=np.zeros_like(sd), where=sd > 0)
    tsnr = np.zeros(inside.shape)
    tsnr[inside] = np.clip(values, 0, None)
    save_like(mean, image, args.mean)
    save_like(tsnr, image, args.tsnr)
    changing = values[sd > 0]
    if changing.size == 0:
        fail(f"{args.bold}: no voxel of the mask changes over time")
    write_json(
        args.result,
        {
            "volumes": volumes,
            "mask_voxels": int(inside.sum()),
            "constant_voxels": int((sd == 0).sum()),
            "tsnr_median": float(np.median(changing)),
            "tsnr_p05": float(np.percentile(changing, 5)),
            "tsnr_p95": float(np.percentile(changing, 95)),
            "versions": versions("numpy", "nibabel"),
        },
    )


main()
