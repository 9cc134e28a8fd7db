"""Columns of a BIDS table as numbers, groups and columns of a design matrix."""

import numpy as np
from skill_io import fail


def column(table, name, path):
    """Words of a column; fails where it is missing or has gaps."""
    if name not in table:
        fail(f"{path}: no column {name}; there are {', '.join(table)}")
    gaps = [index for index, word in enumerate(table[name]) if word is None]
    if gaps:
        fail(f"{path}: {name} is n/a in {len(gaps)} rows, the first is row {gaps[0] + 1}; leave such rows out first")
    return table[name]


def is_numeric(words):
    try:
        return all(np.isfinite(float(word)) for word in words)
    except ValueError:
        return False


def numbers(table, name, path):
    words = column(table, name, path)
    if not is_numeric(words):
        fail(f"{path}: {name} holds words where numbers are due")
    return np.array([float(word) for word in words])


def covariate_columns(table, names, path, train):
    """Names and columns (rows, k): numbers minus their training mean, words as one 0/1 column a level but the first.

    Mean and levels are those of the training rows; a level that only other rows have is refused.
    """
    labels, columns = [], []
    for name in names:
        words = np.array(column(table, name, path))
        if is_numeric(words):
            values = words.astype(float)
            labels.append(name)
            columns.append(values - values[train].mean())
            continue
        levels = sorted(set(words[train]))
        unseen = sorted(set(words) - set(levels))
        if unseen:
            fail(f"{path}: {name} is {unseen[0]} in no training row: its effect is not known")
        if len(levels) < 2:
            fail(f"{path}: {name} is {levels[0]} in every row: it explains nothing")
        if len(levels) > max(2, train.sum() // 3):
            fail(f"{path}: {name} has {len(levels)} levels in {int(train.sum())} rows: expected a number or few groups")
        for level in levels[1:]:
            labels.append(f"{name}[{level}]")
            columns.append((words == level).astype(float))
    return labels, np.column_stack(columns) if columns else np.zeros((len(train), 0))
