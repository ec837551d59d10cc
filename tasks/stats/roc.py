"""Area under the ROC curve with its DeLong variance: from counts by score bin, and paired on the same rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from tasks.evidence.interval import Interval
from tasks.stats.estimate import Estimate
from tasks.stats.proportions import wilson

Reals = NDArray[np.float64]


def auc_from_counts(positives: NDArray[np.int64], negatives: NDArray[np.int64]) -> Estimate | None:
    """AUC = P(score of a positive > score of a negative) + P(equal) / 2, from counts by score bin.

    0.5 means that the score does not rank at all, 1 that every positive scores above every negative, 0 the reverse.
    Rows in one bin count as ties: with 100 quantile bins this moves an AUC by less than 0.001. The variance is that of
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44, whose placement values are constant within a bin.

    Args:
        positives: rows with label 1 by bin, bins in order of the score, shape (S,).
        negatives: rows with label 0, shape (S,).

    Returns:
        The estimate, or None when there are fewer than two rows of a class.
    """
    m, n = int(positives.sum()), int(negatives.sum())
    if m < 2 or n < 2:
        return None
    # Share of negatives below a bin (half of those inside), and of positives above it.
    below = (np.cumsum(negatives) - negatives / 2) / n
    above = 1 - (np.cumsum(positives) - positives / 2) / m
    auc = float(positives @ below / m)
    variance = float(positives @ (below - auc) ** 2) / (m - 1) / m + float(negatives @ (above - auc) ** 2) / (n - 1) / n
    return Estimate(auc, variance**0.5, m + n)


def auc_interval(estimate: Estimate, level: float, smaller_class: int) -> Interval:
    """Interval of an AUC, inside [0, 1].

    Under perfect separation DeLong's variance is 0 and the Wald interval a point; Wilson's interval with one trial a
    row of the smaller class stands in, which is wider than the truth.

    Args:
        estimate: the AUC with its DeLong error.
        level: coverage in (0, 1).
        smaller_class: rows of the rarer class, at least 1.
    """
    if estimate.standard_error > 0:
        return estimate.interval(level, low=0.0, high=1.0)
    return wilson(round(estimate.value * smaller_class), smaller_class, level)


@dataclass(frozen=True, slots=True)
class PairedAuc:
    """AUCs of k scores on the same rows.

    Attributes:
        auc: shape (k,).
        covariance: of the AUCs, shape (k, k).
        positives: rows with label 1.
        negatives: rows with label 0.
    """

    auc: Reals
    covariance: Reals
    positives: int
    negatives: int

    def estimate(self, index: int) -> Estimate:
        """The AUC of one score."""
        n = self.positives + self.negatives
        return Estimate(float(self.auc[index]), float(max(self.covariance[index, index], 0.0)) ** 0.5, n)

    def difference(self, first: int, second: int) -> Estimate:
        """AUC of `first` minus AUC of `second`, with the error of a paired comparison."""
        s = self.covariance
        variance = float(s[first, first] + s[second, second] - 2 * s[first, second])
        n = self.positives + self.negatives
        return Estimate(float(self.auc[first] - self.auc[second]), max(variance, 0.0) ** 0.5, n)


def paired_auc(label: NDArray[np.int8], scores: Reals) -> PairedAuc | None:
    """AUCs of several scores on the same rows with their covariance, in O(k n log n).

    Sun & Xu (2014), IEEE Signal Processing Letters 21: DeLong's placement values from mid-ranks.

    Args:
        label: 0 or 1, shape (n,).
        scores: one row a score, shape (k, n); no NaN.

    Returns:
        The AUCs, or None when there are fewer than two rows of a class.

    Raises:
        ValueError: shapes differ, or a score is NaN (it has no rank).
    """
    if scores.ndim != 2 or scores.shape[1] != label.shape[0]:
        raise ValueError(f"expected scores of shape (k, {label.shape[0]}), got {scores.shape}")
    if np.isnan(scores).any():
        raise ValueError("expected scores without NaN; a missing score has no rank")
    positive = label == 1
    m, n = int(positive.sum()), int((~positive).sum())
    if m < 2 or n < 2:
        return None
    x, y = scores[:, positive], scores[:, ~positive]
    pooled = rankdata(np.concatenate([x, y], axis=1), axis=1)
    above = (pooled[:, :m] - rankdata(x, axis=1)) / n
    below = 1 - (pooled[:, m:] - rankdata(y, axis=1)) / m
    covariance = np.atleast_2d(np.cov(above)) / m + np.atleast_2d(np.cov(below)) / n
    return PairedAuc(above.mean(axis=1), covariance, m, n)
