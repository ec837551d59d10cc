"""Cox recalibration: intercept and slope of the outcome on the score's log-odds, from counts by score bin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.stats.estimate import Estimate

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]

#: Scores are kept this far from 0 and 1, where log-odds are infinite.
SMALLEST_SCORE = 1e-6

_STEPS = 50
_CONVERGED = 1e-10


@dataclass(frozen=True, slots=True)
class Recalibration:
    """What would have to be done to the score's log-odds to make it calibrated.

    Attributes:
        slope: factor on the log-odds; 1 is calibrated, below 1 the scores are too extreme, above 1 too timid.
        intercept: log-odds to add when the slope is left at 1; 0 is calibrated in the large, above 0 the scores
            are too low.
    """

    slope: Estimate
    intercept: Estimate


def recalibrate(positives: Counts, negatives: Counts, bin_scores: Reals) -> Recalibration | None:
    """Fit logit P(label = 1) = a + b logit(score) by maximum likelihood.

    Cox (1958), Biometrika 45; intercept with the slope at 1: Van Calster et al. (2019), BMC Medicine 17. Every row of
    a bin stands at the bin's mean score: with 100 bins the slope differs from the row-wise fit in the third decimal.

    Args:
        positives: rows with label 1 by bin, shape (S,).
        negatives: rows with label 0, shape (S,).
        bin_scores: mean score of a bin's labelled rows, shape (S,).

    Returns:
        The fit, or None when it does not exist: a class is absent, all scores are equal, or the classes separate.
    """
    rows = positives + negatives
    used = rows > 0
    if positives.sum() == 0 or negatives.sum() == 0 or used.sum() < 2:
        return None
    inside = np.clip(bin_scores[used], SMALLEST_SCORE, 1 - SMALLEST_SCORE)
    log_odds = np.log(inside / (1 - inside))
    both = _fit(np.column_stack([np.ones_like(log_odds), log_odds]), positives[used], rows[used], 0 * log_odds)
    large = _fit(np.ones((len(log_odds), 1)), positives[used], rows[used], log_odds)
    if both is None or large is None:
        return None
    n = int(rows.sum())
    return Recalibration(Estimate(both[0][1], both[1][1], n), Estimate(large[0][0], large[1][0], n))


def _fit(design: Reals, positives: Counts, rows: Counts, offset: Reals) -> tuple[Reals, Reals] | None:
    """Newton steps of a binomial logistic regression: coefficients and their standard errors."""
    coefficients = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(offset + design @ coefficients, -35, 35)))
        information = design.T @ (design * (rows * p * (1 - p))[:, None])
        if np.linalg.cond(information) > 1 / np.finfo(float).eps:
            return None
        step = np.linalg.solve(information, design.T @ (positives - rows * p))
        # A full step can overshoot where scores are near 0 and 1; halves of it climb until one does not.
        here = _likelihood(offset + design @ coefficients, positives, rows)
        while (
            np.abs(step).max() > _CONVERGED
            and _likelihood(offset + design @ (coefficients + step), positives, rows) < here
        ):
            step = step / 2
        coefficients = coefficients + step
        if np.abs(step).max() <= _CONVERGED:
            return coefficients, np.sqrt(np.diag(np.linalg.inv(information)))
    return None


def _likelihood(log_odds: Reals, positives: Counts, rows: Counts) -> float:
    """Binomial log-likelihood, without its constant."""
    return float(positives @ log_odds - rows @ np.logaddexp(0.0, log_odds))
