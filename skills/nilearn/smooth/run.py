"""Gaussian smoothing in space."""

import argparse

import numpy as np
from nilearn.image import smooth_img
from skill_io import load, save_like


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--image", required=True)
    parser.add_argument("--fwhm", type=float, required=True, help="mm")
    parser.add_argument("--smoothed", required=True)
    args = parser.parse_args()
    image = load(args.image)
    smoothed = smooth_img(image, args.fwhm)
    save_like(np.asanyarray(smoothed.dataobj, dtype=np.float32), image, args.smoothed)


main()
