"""Spearman's rank correlation with an interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from tasks.evidence.interval import Interval
from tasks.stats.estimate import two_sided_quantile

Reals = NDArray[np.float64]

#: Correlations are kept this far from -1 and 1, where Fisher's z is infinite.
_CLOSEST = 1 - 1e-9


#: Rows below which an interval says nothing: the variance of z divides by n - 3.
_FEWEST = 5


def spearman(first: Reals, second: Reals) -> float | None:
    """Spearman's rank correlation over the rows that have both (Spearman 1904), with mid-ranks for ties.

    Args:
        first: shape (n,), NaN where missing.
        second: the same.

    Returns:
        In [-1, 1]: 1 when they rise together, -1 when one falls as the other rises, 0 when ranks say nothing;
        None where either does not vary.
    """
    both = ~(np.isnan(first) | np.isnan(second))
    ranks = [np.asarray(rankdata(values[both]), dtype=np.float64) for values in (first, second)]
    one, other = (rank - rank.mean() if len(rank) else rank for rank in ranks)
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float(np.clip((one * other).sum() / size, -1.0, 1.0)) if size > 0 else None


def rank_correlation(first: Reals, second: Reals, level: float) -> tuple[float, Interval] | None:
    """Spearman's correlation and its interval by Fisher's z.

    The variance of z is (1 + r^2 / 2) / (n - 3) (Bonett & Wright 2000, Psychometrika 65).

    Args:
        first: as of `spearman`.
        second: as of `spearman`.
        level: coverage in (0, 1).

    Returns:
        The correlation and its interval, or None with fewer than five rows that have both or where either is constant.
    """
    n = int((~(np.isnan(first) | np.isnan(second))).sum())
    value = spearman(first, second)
    if n < _FEWEST or value is None:
        return None
    inner = min(max(value, -_CLOSEST), _CLOSEST)
    half = two_sided_quantile(1 - level) * ((1 + inner**2 / 2) / (n - 3)) ** 0.5
    centre = np.arctanh(inner)
    low, high = float(np.tanh(centre - half)), float(np.tanh(centre + half))
    return value, Interval(low=min(low, value), high=max(high, value), level=level)
