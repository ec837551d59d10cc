"""Calibration error without the part that chance alone puts there."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from tasks.evidence.interval import Interval
from tasks.stats.estimate import Estimate
from tasks.stats.proportions import smoothed_variance
from tasks.stats.scored_labels import ScoredLabels

#: Parts of about equally many rows that scores and outcomes are compared in.
_PARTS = 15


@dataclass(frozen=True, slots=True)
class CalibrationError:
    """Root of the mean square of (share of label 1 - mean score) over parts of about equally many rows.

    0 means that every part has the share its scores say. It cannot see what averages out inside a part.

    Attributes:
        value: the debiased estimate, at least 0.
        squared: of the square, before it is cut at 0, with its error.
    """

    value: float
    squared: Estimate

    def interval(self, level: float) -> Interval:
        """Interval of the error: the roots of the ends of the square's."""
        ends = self.squared.interval(level, low=0.0)
        return Interval(low=sqrt(ends.low), high=sqrt(ends.high), level=level)


def calibration_error(labels: ScoredLabels) -> CalibrationError | None:
    """Debiased l2 calibration error.

    sum over parts of w (d^2 - v), d the share minus the mean score and v = share (1 - share) / (rows - 1) the variance
    that inflates d^2 (Kumar, Liang & Ma 2019, *Verified Uncertainty Calibration*). The plain error of a perfect model
    reads .068 on 200 rows and .007 on 20,000. The variance, sum of w^2 (4 d^2 v + 2 v^2), holds on both sides of
    calibration: its first part is normal and goes away at d = 0, the second is what is left there (Sun, Chaudhari,
    Barnett & Dobriban 2024).

    Returns:
        The error, or None with fewer than two rows.
    """
    parts = labels.pooled(_PARTS)
    enough = parts.rows >= _FEWEST
    rows = parts.rows[enough].astype(np.float64)
    if len(rows) == 0:
        return None
    share = parts.positives[enough] / rows
    gap = (share - parts.scores[enough]) ** 2
    chance = share * (1 - share) / (rows - 1)
    weight = rows / rows.sum()
    square = float(weight @ (gap - chance))
    each = zip(parts.positives[enough], rows, strict=True)
    noise = np.array([smoothed_variance(float(k), float(of)) / float(of) for k, of in each])
    variance = float(weight**2 @ (4 * np.maximum(gap - chance, 0.0) * noise + 2 * noise**2))
    return CalibrationError(sqrt(max(square, 0.0)), Estimate(square, sqrt(variance), labels.n))


#: A part of one row has no variance.
_FEWEST = 2
