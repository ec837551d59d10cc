"""Log-loss by row: what each row costs a model that said its score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Labels = NDArray[np.int8]


def log_losses(label: Labels, score: Reals, clip: float) -> Reals:
    """Minus the log of the probability that the model gave to what happened; 0 is perfect (Good 1952).

    Saying 0.5 to everyone costs 0.69 a row. Scores are kept `clip` away from 0 and 1, where one wrong row would cost
    without bound and decide for all.

    Args:
        label: 0 or 1, shape (n,).
        score: probability of a label of 1, shape (n,); NaN gives NaN.
        clip: smallest probability, in (0, 0.5).
    """
    inside = np.clip(score, clip, 1 - clip)
    losses: Reals = -np.log(np.where(label == 1, inside, 1 - inside))
    return losses


def chance_variance(first: Reals, second: Reals, clip: float) -> Reals:
    """Variance of the difference of two log-losses of a row over its label, if the mean of the scores were its truth.

    With log-odds that differ by a, the difference moves by a when the label turns over: a^2 p (1 - p). Where no row of
    a small group has the rarer label, the sample shows none of this variance, though another sample would.

    Args:
        first: scores of one model, shape (n,).
        second: scores of the other on the same rows, shape (n,).
        clip: as in `log_losses`.
    """
    one, other = np.clip(first, clip, 1 - clip), np.clip(second, clip, 1 - clip)
    apart = np.log(one / (1 - one)) - np.log(other / (1 - other))
    mean = (one + other) / 2
    variance: Reals = apart**2 * mean * (1 - mean)
    return variance
