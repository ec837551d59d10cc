"""AUC of weighted rows, and how much each row moves it: what paired differences of any two AUCs are made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Labels = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class RowwiseAuc:
    """An AUC with the influence of every row.

    Attributes:
        auc: P(score of a positive > score of a negative) + P(equal) / 2 over weighted rows.
        influence: by how much each row moves it, shape (n,). The sum is 0; the sum of the squares is the variance, and
            the sum of the squared differences of two is the variance of the difference on the same rows.
    """

    auc: float
    influence: Reals


def rowwise_auc(label: Labels, score: Reals, weight: Reals) -> RowwiseAuc | None:
    """AUC over weighted rows with DeLong's placement values as influences.

    With equal weights the variance is that of DeLong, DeLong & Clarke-Pearson (1988) but for a factor of (m - 1) / m in
    the m positives and the same in the negatives; weights enter as in a ratio estimator (Hajek 1971), and count as
    known.

    Args:
        label: 0 or 1, shape (n,).
        score: shape (n,); no NaN.
        weight: at least 0, shape (n,).

    Returns:
        The AUC, or None where fewer than two rows of a class have any weight.
    """
    positive = np.where(label == 1, weight, 0.0)
    negative = weight - positive
    if min(np.count_nonzero(positive), np.count_nonzero(negative)) < 2:
        return None
    values, place = np.unique(score, return_inverse=True)
    positives = np.bincount(place, positive, minlength=len(values)) / positive.sum()
    negatives = np.bincount(place, negative, minlength=len(values)) / negative.sum()
    below = np.cumsum(negatives) - negatives / 2
    above = 1 - np.cumsum(positives) + positives / 2
    auc = float(positives @ below)
    influence = positive / positive.sum() * (below[place] - auc) + negative / negative.sum() * (above[place] - auc)
    return RowwiseAuc(auc, influence)
