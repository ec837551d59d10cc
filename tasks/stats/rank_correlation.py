"""Spearman's rank correlation with an interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from tasks.evidence.interval import Interval
from tasks.stats.estimate import two_sided_quantile

Reals = NDArray[np.float64]

#: Correlations are kept this far from -1 and 1, where Fisher's z is infinite.
_CLOSEST = 1 - 1e-9


def rank_correlation(first: Reals, second: Reals, level: float) -> tuple[float, Interval] | None:
    """Spearman's correlation of the rows where the first is there, and its interval by Fisher's z.

    1: the second always rises with the first; -1: it always falls; 0: neither. The variance of z is
    (1 + r^2 / 2) / (n - 3) (Bonett & Wright 2000, Psychometrika 65).

    Args:
        first: NaN where missing, shape (n,).
        second: finite, shape (n,).
        level: coverage in (0, 1).

    Returns:
        The correlation and its interval, or None with fewer than five rows or where either is constant.
    """
    there = ~np.isnan(first)
    x, y = first[there], second[there]
    if len(x) < 5 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    value = float(np.clip(spearmanr(x, y).statistic, -1.0, 1.0))
    inner = min(max(value, -_CLOSEST), _CLOSEST)
    half = two_sided_quantile(1 - level) * ((1 + inner**2 / 2) / (len(x) - 3)) ** 0.5
    centre = np.arctanh(inner)
    low, high = float(np.tanh(centre - half)), float(np.tanh(centre + half))
    return value, Interval(low=min(low, value), high=max(high, value), level=level)
