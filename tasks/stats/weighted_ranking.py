"""AUC and average precision of rows that were drawn again: ranked once, then two sparse products for many draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Reals = NDArray[np.float64]
Codes = NDArray[np.intp]

#: A scipy sparse array, which has no types.
Sparse = Any


@dataclass(frozen=True, slots=True)
class Ranking:
    """The rows of one score, counted by the distinct scores of its positives (its levels, L of them) and by unit.

    A unit is what is drawn as a whole: a row, or the rows of one entity (G units). A negative's score lies between two
    levels or on one, so 2L + 1 slots hold all that matters of the negatives.

    Attributes:
        positives: positives by level and unit, shape (L, G).
        negatives: negatives by slot and unit, shape (2L + 1, G); slot 2j lies below level j, slot 2j + 1 on it.
    """

    positives: Sparse
    negatives: Sparse

    def auc(self, draws: Reals) -> Reals:
        """P(score of a positive > score of a negative) + P(equal) / 2 of each draw, shape (B,).

        NaN where a draw has no row of a class.

        Args:
            draws: how often each unit was drawn, shape (G, B).
        """
        own = self.positives @ draws
        under = np.cumsum(self.negatives @ draws, axis=0)
        ranked = ((under[0:-1:2] + under[1::2]) * own).sum(axis=0) / 2
        return _ratio(ranked, own.sum(axis=0) * under[-1])

    def average_precision(self, draws: Reals) -> Reals:
        """Area under the precision-recall curve by steps: mean precision at the positives (Buckley & Voorhees 2000).

        1 means that every positive scores above every negative; a score that does not rank reaches the share of
        positives. NaN where a draw has no positive.

        Args:
            draws: how often each unit was drawn, shape (G, B).
        """
        own = self.positives @ draws
        under = np.cumsum(self.negatives @ draws, axis=0)
        true = np.cumsum(own[::-1], axis=0)[::-1]
        selected = true + (under[-1] - under[0:-1:2])
        # A level without a drawn row at or above it counts for nothing.
        precision = np.divide(true, selected, out=np.zeros_like(true), where=selected > 0)
        return _ratio((own * precision).sum(axis=0), own.sum(axis=0))


def ranking(label: NDArray[np.int8], score: Reals, units: Codes | None = None) -> Ranking:
    """Rank the rows of a score.

    Args:
        label: 0 or 1, shape (n,).
        score: shape (n,); no NaN.
        units: what each row is drawn with, as codes from 0 on without gaps, shape (n,); None draws rows.

    Raises:
        ValueError: a score is NaN (it has no rank).
    """
    if np.isnan(score).any():
        raise ValueError("expected scores without NaN; a missing score has no rank")
    unit = np.arange(len(label)) if units is None else units
    count = int(unit.max(initial=-1)) + 1
    positive = label == 1
    levels, level = np.unique(score[positive], return_inverse=True)
    below = np.searchsorted(levels, score[~positive], side="left")
    through = np.searchsorted(levels, score[~positive], side="right")
    return Ranking(
        positives=_counts(level, unit[positive], (len(levels), count)),
        negatives=_counts(below + through, unit[~positive], (2 * len(levels) + 1, count)),
    )


def _counts(rows: Codes, columns: Codes, shape: tuple[int, int]) -> Sparse:
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def _ratio(above: Reals, below: Reals) -> Reals:
    result: Reals = np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)
    return result
