"""Two groups compared on measures of a table: least squares with covariates, Welch's t, permutations, effect sizes.

The contrast is group A minus group B. Family-wise p-values come from the largest |t| over all measures under
permutation of residuals of the nuisance model (Freedman and Lane 1983; Westfall and Young; Winkler 2014).
"""

import argparse

import numpy as np
from scipy import stats
from skill_io import fail, read_tsv, versions, write_json, write_tsv
from table_columns import column, covariate_columns, numbers

COLUMNS = [
    "measure", "n_a", "n_b", "mean_a", "mean_b", "sd_a", "sd_b", "difference", "se", "ci_low", "ci_high", "t", "df",
    "p", "p_fdr", "p_fwe", "hedges_g", "g_low", "g_high", "welch_t", "welch_df", "welch_p",
]  # fmt: skip


def t_values(design, contrast, values):
    """Estimate, standard error and t of a contrast for each measure: values (rows, measures)."""
    inverse = np.linalg.inv(design.T @ design)
    weights = inverse @ design.T @ values
    residual = values - design @ weights
    df = design.shape[0] - design.shape[1]
    estimate = contrast @ weights
    se = np.sqrt((residual**2).sum(0) / df * (contrast @ inverse @ contrast))
    return estimate, se, estimate / se, df


def false_discovery(p):
    """Benjamini and Hochberg 1995: the smallest rate at which each measure is found."""
    order = np.argsort(p)
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.minimum(1, np.minimum.accumulate(scaled[::-1])[::-1])
    result = np.empty(len(p))
    result[order] = adjusted
    return result


def family_wise(design, contrast, nuisance, values, observed, permutations, seed):
    random = np.random.default_rng(seed)
    fitted = nuisance @ np.linalg.lstsq(nuisance, values, rcond=None)[0]
    residual = values - fitted
    exceeded = np.zeros(values.shape[1])
    for _ in range(permutations):
        shuffled = fitted + residual[random.permutation(len(values))]
        largest = np.abs(t_values(design, contrast, shuffled)[2]).max()
        exceeded += largest >= np.abs(observed) - 1e-12
    return (exceeded + 1) / (permutations + 1)


def hedges(a, b):
    """Hedges 1981: the difference over the pooled sd, with the small-sample factor; normal interval of 95 %."""
    n_a, n_b = len(a), len(b)
    df = n_a + n_b - 2
    pooled = np.sqrt(((n_a - 1) * a.var(0, ddof=1) + (n_b - 1) * b.var(0, ddof=1)) / df)
    g = (1 - 3 / (4 * df - 1)) * (a.mean(0) - b.mean(0)) / pooled
    se = np.sqrt((n_a + n_b) / (n_a * n_b) + g**2 / (2 * (n_a + n_b)))
    return g, g - 1.959963984540054 * se, g + 1.959963984540054 * se


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--table", "--group", "--out-comparisons", "--out-design", "--out-result"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--measures", nargs="+", required=True)
    parser.add_argument("--compare", nargs=2, required=True)
    parser.add_argument("--covariates", nargs="+", default=[])
    parser.add_argument("--permutations", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    args = parser.parse_args()
    table = read_tsv(args.table)
    parts = [args.group, *args.covariates, *args.measures]
    if len(set(parts)) < len(parts):
        fail("a column is given two parts: group, covariate or measure")
    groups = column(table, args.group, args.table)
    first, second = args.compare
    if first == second:
        fail(f"group {first} is compared with itself")
    for name in (first, second):
        if name not in groups:
            fail(f"{args.table}: no row with {args.group} {name}; there are {', '.join(sorted(set(groups)))}")
    chosen = [row for row, name in enumerate(groups) if name in (first, second)]
    gaps = [row for row in chosen if any(table.get(name, [""] * len(groups))[row] is None for name in parts)]
    kept = [row for row in chosen if row not in set(gaps)]
    table = {name: [words[row] for row in kept] for name, words in table.items()}
    in_a = np.array([name == first for name in table[args.group]])
    if min(in_a.sum(), (~in_a).sum()) < 3:
        fail(f"{int(in_a.sum())} complete rows of {first} and {int((~in_a).sum())} of {second}: expected 3 or more of each")
    values = np.column_stack([numbers(table, name, args.table) for name in args.measures])
    names, covariates = covariate_columns(table, args.covariates, args.table, np.ones(len(kept), bool))
    design = np.column_stack([in_a, ~in_a, covariates]).astype(float)
    if len(kept) - design.shape[1] < 2:
        fail(f"{len(kept)} rows for {design.shape[1]} columns of the design: too few to estimate an error")
    scaled = design / np.maximum(np.abs(design).max(0), 1e-300)
    if np.linalg.matrix_rank(scaled) < design.shape[1]:
        fail("a covariate is a function of the group: what is group and what is covariate cannot be told apart")
    if (values.std(0) <= 1e-12 * np.abs(values).max(0)).any():
        fail(f"measure {args.measures[int(values.std(0).argmin())]} is the same in every row")
    contrast = np.array([1.0, -1.0] + [0.0] * len(names))
    estimate, se, t, df = t_values(design, contrast, values)
    p = 2 * stats.t.sf(np.abs(t), df)
    nuisance = np.column_stack([np.ones(len(kept)), covariates])
    fwe = family_wise(design, contrast, nuisance, values, t, args.permutations, args.seed) if args.permutations else np.full(len(p), np.nan)
    a, b = values[in_a], values[~in_a]
    g, g_low, g_high = hedges(a, b)
    welch = stats.ttest_ind(a, b, equal_var=False)
    reach = stats.t.ppf(0.975, df) * se
    cells = [
        np.full(len(p), len(a)), np.full(len(p), len(b)), a.mean(0), b.mean(0), a.std(0, ddof=1), b.std(0, ddof=1),
        estimate, se, estimate - reach, estimate + reach, t, np.full(len(p), df), p, false_discovery(p), fwe,
        g, g_low, g_high, welch.statistic, welch.df, welch.pvalue,
    ]  # fmt: skip
    write_tsv(args.out_comparisons, COLUMNS, [[name, *(cell[i] for cell in cells)] for i, name in enumerate(args.measures)])
    labels = table.get("participant_id", [str(row + 1) for row in kept])
    head = ["participant_id", f"{args.group}[{first}]", f"{args.group}[{second}]", *names]
    write_tsv(args.out_design, head, [[label, *row] for label, row in zip(labels, design.tolist())])
    write_json(
        args.out_result,
        {
            "contrast": f"{first} - {second}",
            "rows": len(kept),
            "rows_left_out": len(gaps),
            "n_a": len(a),
            "n_b": len(b),
            "degrees_of_freedom": int(df),
            "columns": head[1:],
            "condition_number": float(np.linalg.cond(scaled)),
            "permutations": args.permutations,
            "seed": args.seed,
            "smallest_p": float(p.min()),
            "found_at_fdr_0_05": int((false_discovery(p) < 0.05).sum()),
            "versions": versions("numpy", "scipy"),
        },
    )


main()
