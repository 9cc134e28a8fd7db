"""Connectivity between time series: Pearson and partial correlation, covariance, precision."""

import argparse

import numpy as np
from nilearn.connectome import ConnectivityMeasure
from sklearn.covariance import EmpiricalCovariance, LedoitWolf
from skill_io import fail, read_tsv, versions, write_json, write_tsv

KINDS = {"pearson": "correlation", "partial": "partial correlation", "covariance": "covariance", "precision": "precision"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--timeseries", required=True)
    parser.add_argument("--kind", choices=list(KINDS), default="pearson")
    parser.add_argument("--estimator", choices=["empirical", "ledoit-wolf"], default="empirical")
    parser.add_argument("--fisher-z", action="store_true")
    parser.add_argument("--matrix", required=True)
    parser.add_argument("--result", required=True)
    args = parser.parse_args()

    table = read_tsv(args.timeseries)
    names = list(table)
    try:
        series = np.array([[float(cell) for cell in cells] for cells in table.values()]).T
    except (TypeError, ValueError):
        fail(f"{args.timeseries}: holds n/a or words, expected numbers")
    volumes, regions = series.shape
    if regions < 2:
        fail(f"{args.timeseries}: {regions} region, expected 2 or more")
    if volumes < 4:
        fail(f"{args.timeseries}: {volumes} volumes, expected 4 or more")
    still = [name for name, spread in zip(names, np.ptp(series, axis=0)) if spread == 0]
    if still:
        fail(f"{args.timeseries}: {', '.join(still)} do not change: no correlation is defined")
    inverted = args.kind in ("partial", "precision")
    if inverted and args.estimator == "empirical" and volumes <= regions + 2:
        fail(f"{regions} regions and {volumes} volumes: the covariance has no inverse; expected more volumes or the estimator ledoit-wolf")
    if args.fisher_z and args.kind not in ("pearson", "partial"):
        fail(f"Fisher's z is defined for correlations, not for {args.kind}")
    estimator = LedoitWolf() if args.estimator == "ledoit-wolf" else EmpiricalCovariance()
    measure = ConnectivityMeasure(
        cov_estimator=estimator,
        kind=KINDS[args.kind],
        standardize=args.kind in ("pearson", "partial"),
    )
    matrix = measure.fit_transform([series])[0]
    matrix = (matrix + matrix.T) / 2
    correlations = args.kind in ("pearson", "partial")
    if correlations:
        matrix = np.clip(matrix, -1, 1)
        np.fill_diagonal(matrix, 1)
    off = matrix[np.triu_indices(regions, 1)]
    if args.fisher_z:
        if np.abs(off).max() >= 1:
            fail("two regions are the same: Fisher's z is infinite")
        with np.errstate(divide="ignore"):
            matrix = np.arctanh(matrix)
        # z of the diagonal is infinite: 0 by convention, so that it never counts.
        np.fill_diagonal(matrix, 0)
    if not np.isfinite(matrix).all():
        fail("the matrix holds values that are not finite")
    write_tsv(args.matrix, names, matrix.tolist())
    write_json(
        args.result,
        {
            "kind": args.kind,
            "estimator": args.estimator,
            "fisher_z": args.fisher_z,
            "regions": regions,
            "volumes": volumes,
            "mean": float(off.mean()),
            "lowest": float(off.min()),
            "highest": float(off.max()),
            "shrinkage": float(LedoitWolf().fit(series - series.mean(0)).shrinkage_) if args.estimator == "ledoit-wolf" else None,
            "versions": versions("nilearn", "numpy", "sklearn"),
        },
    )


main()
