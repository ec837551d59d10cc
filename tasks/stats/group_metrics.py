"""Measures by group out of a table of counts, for one model or two on the same rows, and bootstrap replicates of it.

Every measure at the operating point depends on the rows through a handful of counts: rows by group, label and decision.
Drawing rows with replacement is the same as drawing those counts from a multinomial distribution, so a replicate costs
as much as the table has cells, however many rows there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tasks.stats.estimate import Estimate
from tasks.stats.roc import PairedAuc, paired_auc

Counts = NDArray[np.int64]
Reals = NDArray[np.float64]
Codes = NDArray[np.integer]


class GroupMetric(StrEnum):
    """A measure of a group; 'selected' means at or above the threshold.

    `SELECTION`: share of rows that are selected.
    `TRUE_POSITIVE`: of rows with label 1, the share selected; 1 means none is missed.
    `FALSE_POSITIVE`: of rows with label 0, the share selected; 0 means none is taken for a 1.
    `PREDICTIVE_VALUE`: of the selected, the share with label 1 (precision); 1 means every selection was right.
    `ACCURACY`: share of rows whose decision is their label.
    `BASE_RATE`: share of rows with label 1; no model changes it.
    """

    SELECTION = "selection_rate"
    TRUE_POSITIVE = "true_positive_rate"
    FALSE_POSITIVE = "false_positive_rate"
    PREDICTIVE_VALUE = "positive_predictive_value"
    ACCURACY = "accuracy"
    BASE_RATE = "base_rate"


#: Cells [label, decision] that count, and those that could, by measure.
_CELLS: dict[GroupMetric, tuple[list[list[int]], list[list[int]]]] = {
    GroupMetric.SELECTION: ([[0, 1], [0, 1]], [[1, 1], [1, 1]]),
    GroupMetric.TRUE_POSITIVE: ([[0, 0], [0, 1]], [[0, 0], [1, 1]]),
    GroupMetric.FALSE_POSITIVE: ([[0, 1], [0, 0]], [[1, 1], [0, 0]]),
    GroupMetric.PREDICTIVE_VALUE: ([[0, 0], [0, 1]], [[0, 1], [0, 1]]),
    GroupMetric.ACCURACY: ([[1, 0], [0, 1]], [[1, 1], [1, 1]]),
    GroupMetric.BASE_RATE: ([[0, 0], [1, 1]], [[1, 1], [1, 1]]),
}


def tabulate(
    codes: Sequence[Codes], sizes: Sequence[int], label: Codes, decisions: Sequence[NDArray[np.bool_]]
) -> Counts:
    """Count rows by group, label and decision.

    Args:
        codes: group of each row, one array of shape (n,) an attribute, 0 <= code < size.
        sizes: groups of each attribute.
        label: 0 or 1, shape (n,).
        decisions: whether each row is selected, one array of shape (n,) a model.

    Returns:
        Shape (*sizes, 2, 2) for one model: group, label, decision; one axis of 2 more for a second model. Summed over
        the axis of an attribute it is the table of the others.

    Raises:
        ValueError: a code is out of its range, or lengths differ.
    """
    columns = [*codes, label, *(decision.astype(np.int8) for decision in decisions)]
    shape = (*sizes, 2, *(2 for _ in decisions))
    cells = np.ravel_multi_index([np.asarray(column, dtype=np.intp) for column in columns], shape)
    counts: Counts = np.bincount(cells, minlength=int(np.prod(shape))).astype(np.int64).reshape(shape)
    return counts


def metric(counts: Counts, which: GroupMetric) -> Reals:
    """A measure out of a table of counts.

    Args:
        counts: shape (..., 2, 2): groups or replicates, label, decision of one model.
        which: the measure.

    Returns:
        Shape (...), in [0, 1]; NaN where no row could count, for a rate of no rows is unknown, not 0.
    """
    counted, could = (np.asarray(cells, dtype=np.int64) for cells in _CELLS[which])
    above = (counts * counted).sum(axis=(-2, -1)).astype(np.float64)
    below = (counts * could).sum(axis=(-2, -1))
    rate: Reals = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return rate


def resample(counts: Counts, replicates: int, seed: int) -> Counts:
    """Bootstrap replicates of a table (Efron 1979): as drawing its rows with replacement, and in law the same.

    Args:
        counts: a table of any shape with at least one row.
        replicates: how many.
        seed: of the draws.

    Returns:
        Shape (replicates, *counts.shape); each replicate has as many rows as the table.

    Raises:
        ValueError: the table has no rows.
    """
    rows = int(counts.sum())
    if rows < 1:
        raise ValueError("expected a table with rows, got an empty one; there is nothing to draw")
    drawn = np.random.default_rng(seed).multinomial(rows, counts.ravel() / rows, size=replicates)
    return drawn.reshape(replicates, *counts.shape).astype(np.int64)


def group_auc(codes: Codes, size: int, label: NDArray[np.int8], scores: Reals) -> tuple[PairedAuc | None, ...]:
    """AUCs of one or more scores within each group, with their covariance on the same rows.

    Args:
        codes: group of each row, shape (n,); rows with a code of `size` or more are in no group.
        size: groups.
        label: 0 or 1, shape (n,).
        scores: one row a model, shape (k, n); no NaN.

    Returns:
        One a group; None where it has fewer than two rows of a class.
    """
    return tuple(paired_auc(label[codes == group], scores[:, codes == group]) for group in range(size))


def group_calibration(codes: Codes, size: int, label: NDArray[np.int8], score: Reals) -> tuple[Estimate | None, ...]:
    """Observed share of label 1 minus mean score, within each group: 0 is calibrated, above 0 the scores are too low.

    The standard error is that of the mean of label - score over the group's rows.

    Args:
        codes: group of each row, shape (n,); rows with a code of `size` or more are in no group.
        size: groups.
        label: 0 or 1, shape (n,).
        score: probability of label 1, shape (n,).

    Returns:
        One a group; None where it has fewer than two rows.
    """
    residuals = [(label - score)[codes == group] for group in range(size)]
    return tuple(
        Estimate(float(own.mean()), float(own.std(ddof=1) / len(own) ** 0.5), len(own)) if len(own) > 1 else None
        for own in residuals
    )
