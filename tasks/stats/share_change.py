"""Change of attribution shares between two models, measured by how far models of one recipe lie apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ShareChange:
    """Shares of two models, and the changes that could have been seen.

    Attributes:
        before: shares under the champion, shape (K,).
        after: shares under the challenger.
        visible: half-width of the simultaneous interval of each change, shape (K,): the smallest change that could
            have been seen. 0 where the refits never differed.
    """

    before: Reals
    after: Reals
    visible: Reals

    @property
    def change(self) -> Reals:
        """Challenger minus champion, shape (K,)."""
        difference: Reals = self.after - self.before
        return difference

    def beyond(self, margin: float) -> NDArray[np.bool_]:
        """Which changes are more than retraining makes, and more than a margin that is nothing."""
        flagged: NDArray[np.bool_] = np.abs(self.change) > np.maximum(self.visible, margin)
        return flagged


def split(magnitudes: Reals) -> Reals:
    """Shares from mean magnitudes: share_j = m_j / sum m over the last axis.

    Args:
        magnitudes: at least 0, their sum above 0, shape (..., K).
    """
    share: Reals = magnitudes / magnitudes.sum(axis=-1, keepdims=True)
    return share


def total_variation(first: Reals, second: Reals) -> Reals:
    """Half of the sum of absolute differences of two splits: 0 equal, 1 nothing in common.

    Args:
        first: shares, shape (..., K).
        second: a shape that goes with it.

    Returns:
        shape (...).
    """
    apart: Reals = np.asarray(np.abs(first - second).sum(axis=-1) / 2)
    return apart


def visible_change(deviation: Reals, refits: int, comparisons: int, alpha: float) -> Reals:
    """Smallest difference of two models that chance alone does not make, at a chance of error shared by all.

    t(refits - 1, 1 - alpha / (2 comparisons)) * sqrt(2) * deviation: both models carry the noise of one training
    (Bonferroni: Dunn 1961; STATISTICS.md, section 4).

    Args:
        deviation: standard deviation of each share between refits, shape (K,).
        refits: models that it was measured on, at least 2.
        comparisons: changes that share alpha, at least 1.
        alpha: chance in (0, 1) that any is taken for a change in vain.

    Raises:
        ValueError: an argument is out of range.
    """
    if refits < 2 or comparisons < 1 or not 0 < alpha < 1:
        raise ValueError(
            f"expected at least 2 refits, at least 1 comparison and 0 < alpha < 1, got {refits}, {comparisons}, {alpha}"
        )
    quantile = float(t.ppf(1 - alpha / (2 * comparisons), refits - 1))
    width: Reals = quantile * np.sqrt(2.0) * deviation
    return width


def share_change(
    before: Reals, after: Reals, refits: Reals, *, scale: float, comparisons: int, alpha: float
) -> ShareChange:
    """Shares with the changes that could have been seen.

    Args:
        before: mean magnitudes under the champion, shape (K,), their sum above 0.
        after: the same under the challenger, on the same rows.
        refits: the same under each refit, shape (B, K).
        scale: factor on the deviation between refits (see `explain.refits`).
        comparisons: changes that share alpha.
        alpha: chance of any false one.
    """
    deviation = scale * split(refits).std(axis=0, ddof=1)
    return ShareChange(split(before), split(after), visible_change(deviation, len(refits), comparisons, alpha))
