"""Membership: does a model's loss give away which rows it was trained on?"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from tasks.stats.estimate import Estimate
from tasks.stats.roc import paired_auc

Reals = NDArray[np.float64]

#: Scores are kept this far from 0 and 1, where the loss is infinite.
_SMALLEST = 1e-9


def log_losses(label: NDArray[np.int8], score: Reals) -> Reals:
    """Log-loss of each row, shape (n,)."""
    p = np.clip(np.where(label == 1, score, 1 - score), _SMALLEST, 1.0)
    losses: Reals = -np.log(p)
    return losses


def membership_auc(loss: Reals, member: NDArray[np.bool_], label: NDArray[np.int8]) -> Estimate | None:
    """AUC of the loss as a sign of membership: P(loss of a member < loss of another row with the same label).

    0.5 means that the loss gives nothing away, 1 that it gives every row away (Yeom et al. 2018, IEEE CSF). Rows are
    compared within a label and the labels weighted by their rows: rare outcomes have high losses, and one more of a
    hundred in one set would look like memory. The variance is DeLong's by label.

    Args:
        loss: of each row, shape (n,).
        member: whether the model was trained on it, shape (n,).
        label: 0 or 1, shape (n,).

    Returns:
        The AUC; None where no label has two members and two others.
    """
    weights, found = [], []
    for kind in (0, 1):
        inside = label == kind
        paired = paired_auc(member[inside].astype(np.int8), -loss[None, inside])
        if paired is not None:
            weights.append(int(inside.sum()))
            found.append(paired.estimate(0))
    total = sum(weights)
    if not found:
        return None
    value = sum(weight * one.value for weight, one in zip(weights, found, strict=True)) / total
    error = sqrt(sum((weight * one.standard_error) ** 2 for weight, one in zip(weights, found, strict=True))) / total
    return Estimate(value, error, total)
