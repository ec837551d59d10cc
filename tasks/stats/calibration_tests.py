"""Tests of calibration that need no fit: Cox's score test on intercept and slope together, and Spiegelhalter's z."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, exp, sqrt

import numpy as np

from tasks.stats.recalibration import SMALLEST_SCORE
from tasks.stats.scored_labels import Reals, ScoredLabels


@dataclass(frozen=True, slots=True)
class CalibrationTest:
    """A test of 'the scores are right'.

    Attributes:
        statistic: chi-squared on two degrees of freedom (Cox), or standard normal (Spiegelhalter), if they are.
        p_value: chance of a statistic at least as far out if they are; 1 means that nothing speaks against them.
    """

    statistic: float
    p_value: float


def cox_score_test(labels: ScoredLabels) -> CalibrationTest | None:
    """Score test of a = 0, b = 1 in logit P(label = 1) = a + b logit(score).

    U' I^-1 U with U = X'(y - p), I = X' diag(p(1 - p)) X and X = (1, logit p): chi-squared with two degrees of freedom
    when the scores are right (Cox 1958, Biometrika 45; Rao 1948). It fits nothing, so it exists where the maximum of
    the likelihood does not. With 20,000 rows it sees moves that do not matter: it is for showing, not for deciding.

    Returns:
        The test, or None with fewer than two different scores.
    """
    p = _inside(labels)
    log_odds = np.log(p / (1 - p))
    if len(p) < 2 or np.ptp(log_odds) < _ALIKE:
        return None
    # The statistic is the same for any origin and scale of the log-odds; centred, the matrix inverts well.
    design = np.column_stack([np.ones_like(p), (log_odds - log_odds.mean()) / np.ptp(log_odds)])
    score = design.T @ (labels.positives - labels.rows * p)
    information = design.T @ (design * (labels.rows * p * (1 - p))[:, None])
    statistic = max(float(score @ np.linalg.solve(information, score)), 0.0)
    return CalibrationTest(statistic, exp(-statistic / 2))


def spiegelhalter(labels: ScoredLabels) -> CalibrationTest | None:
    """The Brier score against what the scores expect: z = sum (y - p)(1 - 2p) / sqrt(sum (1 - 2p)^2 p(1 - p)).

    Spiegelhalter (1986), Statistics in Medicine 5. Above 0 the scores are worse than they say. Two-sided.

    Returns:
        The test, or None where the sum has no variance: no row, or every score at 0, a half or 1.
    """
    p = _inside(labels)
    lean = 1 - 2 * p
    variance = float(labels.rows @ (lean**2 * p * (1 - p)))
    if variance <= 0:
        return None
    z = float((labels.positives - labels.rows * p) @ lean) / sqrt(variance)
    return CalibrationTest(z, erfc(abs(z) / sqrt(2)))


#: Log-odds that differ by less are one score to within rounding, and have no slope.
_ALIKE = 1e-9


def _inside(labels: ScoredLabels) -> Reals:
    inside: Reals = np.clip(labels.scores, SMALLEST_SCORE, 1 - SMALLEST_SCORE)
    return inside
