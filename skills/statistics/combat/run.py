"""ComBat: location and scale of sites taken out of a table of measures (Johnson 2007; Fortin 2018), fitted on training rows.

Standardise with the covariates kept, shrink each site's shift and scale towards their distribution over the measures
(empirical Bayes), take them out, put mean, covariates and scale back. Rows that are not for training are only adjusted.
"""

import argparse

import numpy as np
from skill_io import fail, read_tsv, versions, write_json, write_tsv
from table_columns import column, covariate_columns, numbers


def standardised(values, model, covariates):
    expected = model["mean"] + covariates @ model["covariates"]
    return (values - expected) / model["scale"], expected


def fit(values, sites, covariates, shrink):
    """Shift and scale of each site from training rows: values (rows, measures), sites (rows), covariates (rows, k)."""
    names = sorted(set(sites))
    batch = np.column_stack([sites == name for name in names]).astype(float)
    design = np.hstack([batch, covariates])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        fail("a covariate is a function of the sites: what is site and what is covariate cannot be told apart")
    counts = batch.sum(0)
    if len(names) < 2:
        fail(f"one site among the training rows ({names[0]}): expected two or more")
    if counts.min() < 3:
        fail(f"site {names[int(counts.argmin())]} has {int(counts.min())} training rows: expected 3 or more")
    weights = np.linalg.lstsq(design, values, rcond=None)[0]
    residual = values - design @ weights
    scale = np.sqrt((residual**2).mean(0))
    if not (scale > 1e-12 * np.abs(values).max(0)).all():
        fail("a measure does not vary beyond sites and covariates: it cannot be standardised")
    model = {"mean": counts @ weights[: len(names)] / counts.sum(), "covariates": weights[len(names) :], "scale": scale}
    z, _ = standardised(values, model, covariates)
    shifts, scales = {}, {}
    for name in names:
        own = z[sites == name]
        shift, variance = own.mean(0), own.var(0, ddof=1)
        if shrink:
            shift, variance = posterior(own, shift, variance)
        shifts[name], scales[name] = shift, np.sqrt(variance)
    return model | {"shifts": shifts, "scales": scales}


def posterior(own, shift, variance):
    """Johnson 2007, eq. 3.1 and 3.2: normal prior of the shift, inverse-gamma prior of the variance, by their moments."""
    rows = len(own)
    prior_mean, prior_variance = shift.mean(), shift.var(ddof=1)
    m, v = variance.mean(), variance.var(ddof=1)
    a, b = (2 * v + m**2) / v, (m * v + m**3) / v
    g, d = shift, variance
    for _ in range(1000):
        next_g = (rows * prior_variance * shift + d * prior_mean) / (rows * prior_variance + d)
        next_d = (0.5 * ((own - next_g) ** 2).sum(0) + b) / (rows / 2 + a - 1)
        change = max(np.abs(next_g - g).max() / max(np.abs(g).max(), 1e-12), (np.abs(next_d - d) / d).max())
        g, d = next_g, next_d
        if change < 1e-8:
            return g, d
    fail("the shrinkage of site effects does not converge after 1000 rounds")


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--table", "--site", "--out-harmonised", "--out-model", "--out-result"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--measures", nargs="+", required=True)
    parser.add_argument("--covariates", nargs="+", default=[])
    parser.add_argument("--train")
    parser.add_argument("--no-shrinkage", action="store_true")
    args = parser.parse_args()
    table = read_tsv(args.table)
    values = np.column_stack([numbers(table, name, args.table) for name in args.measures])
    sites = np.array(column(table, args.site, args.table))
    train = np.ones(len(sites), bool)
    if args.train is not None:
        words = column(table, args.train, args.table)
        strange = sorted(set(words) - {"true", "false", "1", "0"})
        if strange:
            fail(f"{args.table}: {args.train} holds {strange[0]}, expected true or false")
        train = np.isin(words, ["true", "1"])
    unseen = sorted(set(sites[~train]) - set(sites[train]))
    if unseen:
        fail(f"site {unseen[0]} has no training row: its effect is not known")
    clash = sorted(({args.site, args.train} & {*args.measures, *args.covariates}) | ({*args.measures} & {*args.covariates}))
    if clash:
        fail(f"column {clash[0]} is given two parts: measure, covariate, site or train")
    shrink = not args.no_shrinkage
    if shrink and len(args.measures) < 3:
        fail(f"{len(args.measures)} measures: shrinkage learns from the spread over measures; expected 3 or more, or no shrinkage")
    # Levels and centres of covariates are those of the training rows, too.
    names, covariates = covariate_columns(table, args.covariates, args.table, train)
    model = fit(values[train], sites[train], covariates[train], shrink)
    z, expected = standardised(values, model, covariates)
    shift = np.stack([model["shifts"][site] for site in sites])
    scale = np.stack([model["scales"][site] for site in sites])
    adjusted = (z - shift) / scale * model["scale"] + expected

    columns = list(table)
    rows = [[table[name][row] for name in columns] for row in range(len(sites))]
    for place, name in enumerate(args.measures):
        for row in range(len(sites)):
            rows[row][columns.index(name)] = float(adjusted[row, place])
    write_tsv(args.out_harmonised, columns, rows)
    by_measure = lambda array: dict(zip(args.measures, np.asarray(array).tolist()))  # noqa: E731
    write_json(
        args.out_model,
        {
            "mean": by_measure(model["mean"]),
            "scale": by_measure(model["scale"]),
            "covariates": {name: by_measure(row) for name, row in zip(names, model["covariates"])},
            "sites": {
                name: {"rows": int((sites[train] == name).sum()), "shift": by_measure(model["shifts"][name]), "scale": by_measure(model["scales"][name])}
                for name in sorted(model["shifts"])
            },
            "shrinkage": shrink,
        },
    )
    spread = lambda data: float(max(np.ptp([data[sites == s].mean(0) for s in set(sites)], axis=0) / model["scale"]))  # noqa: E731
    write_json(
        args.out_result,
        {
            "rows": len(sites),
            "training_rows": int(train.sum()),
            "sites": len(model["shifts"]),
            "measures": len(args.measures),
            "covariates": names,
            "largest_site_difference_before_sd": spread(values - (expected - model["mean"])),
            "largest_site_difference_after_sd": spread(adjusted - (expected - model["mean"])),
            "versions": versions("numpy"),
        },
    )


main()
