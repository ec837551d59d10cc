"""Paired differences of accuracy, precision and recall: two decisions on the same rows, from their joint counts."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tasks.stats.clustered_mean import Codes, clustered_mean
from tasks.stats.estimate import Estimate

Reals = NDArray[np.float64]

#: Label, decision of the first, decision of the second of each of the eight cells.
_LABEL, _FIRST, _SECOND = (np.array(axis, dtype=np.float64) for axis in np.indices((2, 2, 2)).reshape(3, 8))


class DecisionRate(StrEnum):
    """A rate of decisions against labels; 'selected' means at or above the threshold.

    `ACCURACY`: of all rows, the share decided as their label turned out.
    `PRECISION`: of the selected rows, the share with label 1.
    `RECALL`: of the rows with label 1, the share selected.
    """

    ACCURACY = "accuracy"
    PRECISION = "precision"
    RECALL = "recall"


def cells(label: NDArray[np.int8], first: NDArray[np.bool_], second: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Cell of each row in the joint table: 4 label + 2 first + second, shape (n,).

    Args:
        label: 0 or 1, shape (n,).
        first: whether the first selects the row, shape (n,).
        second: whether the second does.
    """
    joint: NDArray[np.intp] = 4 * label.astype(np.intp) + 2 * first.astype(np.intp) + second.astype(np.intp)
    return joint


def cell_counts(cell: NDArray[np.intp]) -> Reals:
    """Rows by cell, shape (8,)."""
    return np.bincount(cell, minlength=8).astype(np.float64)


def rate(counts: Reals, which: DecisionRate, first: bool) -> float | None:
    """The rate of one of the two.

    Args:
        counts: rows by cell, shape (8,).
        which: the rate.
        first: of the first, else of the second.

    Returns:
        The share; None where there are no rows that it is about.
    """
    counted, base = _parts(which, _FIRST if first else _SECOND)
    total = float(counts @ base)
    return float(counts @ counted) / total if total > 0 else None


def paired_rate(cell: NDArray[np.intp], which: DecisionRate, clusters: Sequence[Codes] = ()) -> Estimate | None:
    """The rate of the first minus that of the second: above 0 the first is better.

    The error is by the delta method on the eight counts. A bootstrap of the counts would give the same at more cost and
    needs a seed; tests of 2 x 2 tables (McNemar, Bonett-Price) do not cover precision, whose two denominators differ
    and overlap (Moskowitz & Pepe 2006, Clinical Trials 3). As Bonett & Price (2012, Journal of Educational and
    Behavioral Statistics 37) do, the variance counts one row more in each cell where the two decide otherwise: two
    models that never differed on these rows are not known to be the same.

    Args:
        cell: of each row, from `cells`, shape (n,).
        which: the rate.
        clusters: groupings of the rows; the largest error counts, see `clustered_mean`.

    Returns:
        The estimate, whose n is all rows; None where the rate of one of the two has no rows that it is about.
    """
    counts = cell_counts(cell)
    one, two = rate(counts, which, first=True), rate(counts, which, first=False)
    if one is None or two is None:
        return None
    smoothed = counts + (_FIRST != _SECOND)
    pull = _influence(smoothed, which)
    error = float(np.sqrt(smoothed @ pull**2)) / float(smoothed.sum())
    if clusters:
        by_cluster = clustered_mean(_influence(counts, which)[cell], clusters)
        if by_cluster is None:
            return None
        error = max(error, by_cluster.standard_error)
    return Estimate(one - two, error, len(cell))


def _parts(which: DecisionRate, selects: Reals) -> tuple[Reals, Reals]:
    """By cell: whether it counts, and whether the rate is about it."""
    match which:
        case DecisionRate.ACCURACY:
            return (selects == _LABEL).astype(np.float64), np.ones(8)
        case DecisionRate.PRECISION:
            return selects * _LABEL, selects
        case DecisionRate.RECALL:
            return selects * _LABEL, _LABEL


def _influence(counts: Reals, which: DecisionRate) -> Reals:
    """How far one row of each cell moves the difference, times the rows: the linear part of both ratios."""
    moved = []
    for selects in (_FIRST, _SECOND):
        counted, base = _parts(which, selects)
        total = float(counts @ base)
        moved.append((counted - float(counts @ counted) / total * base) * float(counts.sum()) / total)
    difference: Reals = moved[0] - moved[1]
    return difference
