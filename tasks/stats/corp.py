"""CORP reliability curve: the share of label 1 by score, as the increasing curve that fits best, with consistency bars.

Dimitriadis, Gneiting & Jordan (2021), PNAS 118: consistent, optimally binned, reproducible, by pool-adjacent-violators.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from tasks.stats.scored_labels import Counts, Reals, ScoredLabels

#: Neighbouring scores are pooled to so many first: the curve moves by less than it is wide, and bars cost little.
_MOST_SCORES = 500


@dataclass(frozen=True, slots=True)
class ReliabilityCurve:
    """The curve at some scores, shape (k,) each.

    Attributes:
        scores: increasing.
        shares: share of label 1 that the curve has there, never falling.
        low: lower end of where the curve of a calibrated model would lie.
        high: upper end.
    """

    scores: Reals
    shares: Reals
    low: Reals
    high: Reals


def reliability(
    labels: ScoredLabels, *, points: int, level: float, replicates: int, seed: int
) -> ReliabilityCurve | None:
    """The curve by pool-adjacent-violators, and bars by drawing labels from the scores themselves.

    Args:
        labels: labels by score.
        points: scores that are shown, spread evenly over the rows.
        level: share of the draws that each bar covers.
        replicates: draws.
        seed: of the draws.

    Returns:
        The curve, or None without a row.
    """
    pooled = labels.pooled(_MOST_SCORES)
    if pooled.n == 0:
        return None
    rows = pooled.rows
    drawn = np.random.default_rng(seed).binomial(rows, pooled.scores, (replicates, len(rows)))
    shown = np.unique(np.searchsorted(np.cumsum(rows), np.linspace(0.5 / points, 1 - 0.5 / points, points) * pooled.n))
    fitted = np.stack([_increasing(positives / rows, rows)[shown] for positives in drawn])
    low, high = np.quantile(fitted, [(1 - level) / 2, (1 + level) / 2], axis=0)
    shares = _increasing(pooled.positives / rows, rows)
    # A mean of shares can leave [0, 1] by rounding.
    shares, low, high = (np.clip(one, 0.0, 1.0) for one in (shares[shown], low, high))
    return ReliabilityCurve(pooled.scores[shown], shares, low, high)


def _increasing(shares: Reals, rows: Counts) -> Reals:
    fitted: Reals = np.asarray(isotonic_regression(shares, weights=rows).x, dtype=np.float64)
    return fitted
