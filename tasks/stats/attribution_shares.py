"""Shares of attribution: how much of a model's explanation each feature carries, and how far two splits differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.stats.night_variation import Batches, between_variance

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shares:
    """Share of mean |attribution| a feature (or a group of features).

    Attributes:
        share: sums to 1, shape (F,).
        covariance: of the shares, shape (F, F).
        n: rows they rest on.
    """

    share: Reals
    covariance: Reals
    n: int

    @property
    def standard_error(self) -> Reals:
        """Of each share, shape (F,)."""
        error: Reals = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        return error

    def grouped(self, groups: Reals) -> Shares:
        """Shares of groups of features: `groups` is a matrix of 0 and 1, shape (groups, F)."""
        return Shares(groups @ self.share, groups @ self.covariance @ groups.T, self.n)


@dataclass(frozen=True, slots=True)
class Distance:
    """Total variation between two splits, half of the sum of absolute differences: 0 equal, 1 nothing in common.

    Attributes:
        value: the distance as measured.
        floor: distance that noise alone makes on average, when the truths are equal.
        standard_error: of the distance.
    """

    value: float
    floor: float
    standard_error: float

    def bounds(self, quantile: float) -> tuple[float, float]:
        """Lower and upper bound of the true distance, `quantile` standard errors away.

        Measured distances lie above true ones, by the floor at most (triangle inequality), so the lower bound
        takes it off.
        """
        low = self.value - self.floor - quantile * self.standard_error
        return max(0.0, low), min(1.0, self.value + quantile * self.standard_error)


def noise_floor(errors: Reals) -> float:
    """Total variation that noise alone makes on average between two splits whose truths are equal.

    Half of the sum of E|Z| times each error, E|Z| = sqrt(2 / pi) for a standard normal Z.

    Args:
        errors: standard error of each difference of shares, shape (F,).
    """
    return float((2 / np.pi) ** 0.5 * errors.sum() / 2)


def shares(magnitudes: Reals, cross: Reals, n: int) -> Shares | None:
    """Shares of attribution with their covariance by the delta method for ratios of means.

    Args:
        magnitudes: sum of |phi_j| over rows, shape (F,).
        cross: sum of |phi_i| |phi_j| over rows, shape (F, F).
        n: rows.

    Returns:
        The shares, or None with fewer than two rows or when every attribution is 0.
    """
    total = float(magnitudes.sum())
    if n < 2 or total <= 0:
        return None
    mean = magnitudes / n
    covariance = (cross / n - np.outer(mean, mean)) / (n - 1)
    share = mean / mean.sum()
    gradient = (np.eye(len(share)) - share[:, None]) / mean.sum()
    return Shares(share, gradient @ covariance @ gradient.T, n)


def distance(first: Shares, second: Shares, batches: Reals, batch_rows: Reals) -> Distance:
    """Total variation between two splits on different rows, and its error.

    The distance is linear in the shares once the signs of the differences are fixed; sampling gives its variance
    from the covariances, and the reference's batches, seen through the same signs, give what nights add to it.

    Args:
        first: tonight's shares.
        second: the reference's shares.
        batches: shares of each batch of the reference, shape (B, F); B = 0 or 1 tells nothing of nights.
        batch_rows: rows of each batch, shape (B,).
    """
    gap = first.share - second.share
    signs = np.sign(gap) / 2
    covariance = first.covariance + second.covariance
    nightly = _nightly(batches @ signs, batch_rows, float(signs @ second.covariance @ signs) * second.n)
    per_feature = np.array(
        [_nightly(batches[:, j], batch_rows, float(second.covariance[j, j]) * second.n) for j in range(len(gap))]
    )
    noise = np.sqrt(np.maximum(np.diag(covariance), 0.0) + per_feature)
    variance = max(float(signs @ covariance @ signs), 0.0) + nightly
    return Distance(float(np.abs(gap).sum()) / 2, noise_floor(noise), variance**0.5)


def _nightly(values: Reals, rows: Reals, within: float) -> float:
    return between_variance(Batches(values, rows), max(within, 0.0)) if len(values) > 1 else 0.0
