"""Paired differences of log-loss and Brier score: two scores on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tasks.stats.clustered_mean import Codes, clustered_mean
from tasks.stats.estimate import Estimate
from tasks.stats.log_loss import log_losses

Reals = NDArray[np.float64]
Labels = NDArray[np.int8]

#: A score of exactly 0 or 1 that is wrong would lose infinitely; scikit-learn too reads it as so far from the end.
_END = float(np.finfo(np.float64).eps)


class Loss(StrEnum):
    """A proper loss of a probability: 0 for certainty that comes true, the lower the better.

    `LOG`: -log of the probability given to what came (Good 1952), in nats; without limit.
    `BRIER`: squared distance of the probability from the label (Brier 1950), at most 1.
    """

    LOG = "log-loss"
    BRIER = "Brier score"


def losses(label: Labels, score: Reals, loss: Loss) -> Reals:
    """Loss of each row, shape (n,).

    Args:
        label: 0 or 1, shape (n,).
        score: probability of a label of 1, shape (n,).
        loss: which.
    """
    if loss is Loss.BRIER:
        squared: Reals = (label - score) ** 2
        return squared
    return log_losses(label, score, _END)


def paired_loss(
    label: Labels, first: Reals, second: Reals, loss: Loss, clusters: Sequence[Codes] = ()
) -> Estimate | None:
    """How much lower the mean loss of `first` is than that of `second`: above 0 the first is better.

    The rows are the same, so the error is that of the mean of the rows' differences (Diebold & Mariano 1995), cluster-
    robust where rows hang together.

    Args:
        label: 0 or 1, shape (n,).
        first: probabilities, shape (n,).
        second: probabilities, shape (n,).
        loss: which.
        clusters: groupings of the rows, see `clustered_mean`.

    Returns:
        The estimate; None with fewer than two rows or clusters.
    """
    return clustered_mean(losses(label, second, loss) - losses(label, first, loss), clusters)
