"""Carried gap: how much of the difference between a group's scores and the rest's each feature carries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class GapGrowth:
    """What features carry of a group's gap under two models; positive pushes the group's margin up.

    Attributes:
        before: under the champion, shape (F,).
        after: under the challenger, on the same rows.
        rows_error: standard error of the growth over rows, shape (F,).
        model_error: standard deviation of the growth over retrainings, both models' together, shape (F,).
    """

    before: Reals
    after: Reals
    rows_error: Reals
    model_error: Reals

    @property
    def growth(self) -> Reals:
        """By how much a feature carries more, whichever way it pushes: |after| - |before|, shape (F,)."""
        grown: Reals = np.abs(self.after) - np.abs(self.before)
        return grown

    def half_width(self, quantile: float) -> Reals:
        """Of the interval of the growth, shape (F,): the smallest growth that could have been seen."""
        width: Reals = quantile * np.sqrt(self.rows_error**2 + self.model_error**2)
        return width


def carried(attributions: Reals, inside: Marks) -> Reals:
    """Mean attribution in the group minus that in the rest, by feature; they sum to the gap of the mean margins.

    Args:
        attributions: shape (..., n, F).
        inside: which rows are of the group, shape (n,), some and not all.
    """
    gap: Reals = attributions[..., inside, :].mean(axis=-2) - attributions[..., ~inside, :].mean(axis=-2)
    return gap


def gap_growth(
    before: Reals, after: Reals, inside: Marks, refits: Reals, refit_inside: Marks, *, scale: float
) -> GapGrowth:
    """Growth of what each feature carries, with the error of the rows and that of retraining.

    The growth is linear in the attributions once the signs of both gaps are fixed: over rows it is a difference of two
    means, of the group and of the rest (Welch 1938). Retraining moves both models: sqrt(2) times the deviation between
    refits, on the same rows.

    Args:
        before: attributions by the champion, shape (n, F), columns aligned.
        after: by the challenger.
        inside: which rows are of the group, shape (n,), at least two in and two out.
        refits: attributions by refits, shape (B, m, F), of rows that may be fewer.
        refit_inside: which of those are of the group, shape (m,), some and not all.
        scale: factor on deviations between refits, see `explain.refits`.
    """
    first, second = carried(before, inside), carried(after, inside)
    grown = np.sign(second) * after - np.sign(first) * before
    error = np.sqrt(sum(grown[part].var(axis=0, ddof=1) / part.sum() for part in (inside, ~inside)))
    deviation = scale * carried(refits, refit_inside).std(axis=0, ddof=1)
    return GapGrowth(first, second, error, np.sqrt(2.0) * deviation)
