"""Dictionary learning of BOLD runs: sparse spatial components that participants share, and their time courses."""

import argparse

from components import prepare, write_components
from nilearn.decomposition import DictLearning


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bold", nargs="+", required=True)
    parser.add_argument("--mask", required=True)
    parser.add_argument("--components", type=int, default=20)
    parser.add_argument("--smoothing-fwhm", type=float, default=4.0, help="mm")
    parser.add_argument("--alpha", type=float, default=10.0)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out-components", required=True)
    parser.add_argument("--timeseries", required=True)
    parser.add_argument("--result", required=True)
    args = parser.parse_args()
    images, mask = prepare(args)
    model = DictLearning(
        n_components=args.components,
        mask=mask,
        smoothing_fwhm=args.smoothing_fwhm or None,
        alpha=args.alpha,
        n_epochs=args.epochs,
        random_state=args.seed,
        standardize="zscore_sample",
        detrend=True,
        n_jobs=1,
        memory=None,
        verbose=0,
    )
    write_components(model, images, mask, args, {"alpha": args.alpha, "epochs": args.epochs})


main()
