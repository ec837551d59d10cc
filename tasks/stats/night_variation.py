"""How much the batches of a reference differ by themselves, beyond what the sampling of their rows explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

Reals = NDArray[np.float64]

#: The night-to-night variance is taken at the upper end of what the reference allows with this chance to be more.
UPPER_CHANCE = 0.2


@dataclass(frozen=True, slots=True)
class Batches:
    """Batches of a reference as seen by one row score.

    Attributes:
        means: mean of the score a batch, shape (B,), B >= 1.
        rows: rows of each batch, shape (B,), all at least 1.
    """

    means: Reals
    rows: Reals


def between_variance(batches: Batches, within: float) -> float:
    """Upper bound of the variance between the true means of batches.

    The variance of the batch means, at the upper end of its chi-squared interval, minus what sampling explains; never
    below 0. One batch says nothing about it: 0, and the caller must say so.

    Args:
        batches: the reference's batch means and rows.
        within: variance of one row.
    """
    degrees = len(batches.means) - 1
    if degrees < 1:
        return 0.0
    squares = float(((batches.means - batches.means.mean()) ** 2).sum())
    sampling = within * float((1 / batches.rows).mean())
    observed = max(squares, sampling * degrees)
    # chdtri gives the upper tail: the lower quantile at UPPER_CHANCE is its value at 1 - UPPER_CHANCE.
    return max(0.0, observed / float(chdtri(degrees, 1 - UPPER_CHANCE)) - sampling)
