"""Brier score and Brier skill, from sums and counts by score bin."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from tasks.stats.estimate import Estimate

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]


def brier(positives: Counts, negatives: Counts, bin_scores: Reals, squared_errors: float) -> Estimate | None:
    """Brier score: mean of (label - score)^2; 0 is perfect, 0.25 is what a constant 0.5 reaches (Brier 1950).

    The estimate is exact; its variance takes every row of a bin at the bin's mean score.

    Args:
        positives: rows with label 1 by bin, shape (S,).
        negatives: rows with label 0, shape (S,).
        bin_scores: mean score of a bin's labelled rows, shape (S,); any value where the bin is empty.
        squared_errors: sum of (label - score)^2 over all rows.

    Returns:
        The estimate, or None with fewer than two rows.
    """
    n = int(positives.sum() + negatives.sum())
    if n < 2:
        return None
    loss = np.concatenate([(1 - bin_scores) ** 2, bin_scores**2])
    return Estimate(squared_errors / n, _error_of_mean(loss, np.concatenate([positives, negatives]), n), n)


def brier_skill(positives: Counts, negatives: Counts, bin_scores: Reals, squared_errors: float) -> Estimate | None:
    """Brier skill: 1 - Brier / (p (1 - p)), p the share of positives; 0 is what the share alone reaches, 1 is perfect.

    Below 0 the score is worse than saying the share to everyone (Murphy 1973). The variance is that of a ratio of
    means by the delta method.

    Args:
        positives: rows with label 1 by bin, shape (S,).
        negatives: rows with label 0, shape (S,).
        bin_scores: mean score of a bin's labelled rows, shape (S,).
        squared_errors: sum of (label - score)^2 over all rows.

    Returns:
        The estimate, or None when a class is absent: there is nothing to be skilled about.
    """
    m, n = int(positives.sum()), int(positives.sum() + negatives.sum())
    if m == 0 or m == n:
        return None
    share = m / n
    uncertainty = share * (1 - share)
    ratio = squared_errors / n / uncertainty
    residual = np.concatenate([(1 - bin_scores) ** 2 - ratio * (1 - share) ** 2, bin_scores**2 - ratio * share**2])
    error = _error_of_mean(residual, np.concatenate([positives, negatives]), n) / uncertainty
    return Estimate(1 - ratio, error, n)


def _error_of_mean(values: Reals, counts: Counts, n: int) -> float:
    mean = float(values @ counts) / n
    return sqrt(float((values - mean) ** 2 @ counts) / (n - 1) / n)
