"""Agreement of importances: whether two ways to say how much a feature matters put the features in one order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from tasks.evidence.interval import Interval
from tasks.stats.estimate import two_sided_quantile

Reals = NDArray[np.float64]
Marks = NDArray[np.bool_]

#: Correlations are kept so far from 1 and -1, where Fisher's z is infinite.
_NEAR_ONE = 1 - 1e-6


@dataclass(frozen=True, slots=True)
class Agreement:
    """Rank correlation of two importances over features, with its bootstrap over rows.

    Attributes:
        value: Spearman's, with mid-ranks: 1 one order, 0 nothing in common, -1 opposite orders.
        replicates: on rows drawn again, shape (R,).
        places: place of each feature in both orders, 1 for the most important, mid-places for ties, shape (2, F).
        moved: places that each feature lies further down in the second order, on rows drawn again, shape (R, F).
    """

    value: float
    replicates: Reals
    places: Reals
    moved: Reals

    def interval(self, level: float) -> Interval:
        """On Fisher's (1921) scale around the value, with the replicates' deviation there: within [-1, 1]."""
        centre = np.arctanh(np.clip(self.value, -_NEAR_ONE, _NEAR_ONE))
        error = float(np.arctanh(np.clip(self.replicates, -_NEAR_ONE, _NEAR_ONE)).std(ddof=1))
        half = two_sided_quantile(1 - level) * error
        low, high = float(np.tanh(centre - half)), float(np.tanh(centre + half))
        return Interval(low=min(low, self.value), high=max(high, self.value), level=level)

    def surely_moved(self, level: float) -> Marks:
        """Features that lie further up, or further down, in the second order on nearly all draws, shape (F,)."""
        low, high = np.quantile(self.moved, [(1 - level) / 2, (1 + level) / 2], axis=0)
        sure: Marks = (low > 0) | (high < 0)
        return sure


def idle(importances: tuple[Reals, ...], share: float) -> Marks:
    """Features that are next to nothing in every one of several importances, and so tied, shape (F,).

    Args:
        importances: importance by row, each of shape (n, F); the mean over the rows counts, below 0 as 0.
        share: of an importance's total, below which it is next to nothing.
    """
    marks = []
    for one in importances:
        mean = np.maximum(one.mean(axis=0), 0.0)
        marks.append(mean <= share * mean.sum())
    nothing: Marks = np.logical_and.reduce(marks)
    return nothing


def agreement(first: Reals, second: Reals, nothing: Marks, replicates: int, seed: int) -> Agreement | None:
    """Spearman's (1904) correlation of two importances over features, drawing the rows of both again together.

    Rows stand for what other rows would say; that the model could have been another one is not in the interval. Noise
    in either importance takes from the correlation, so that few rows make it look smaller than it is.

    Args:
        first: importance by row, shape (n, F): its mean over rows is the importance, below 0 as 0.
        second: the other on the same rows.
        nothing: features that count as 0 in both, shape (F,).
        replicates: bootstrap samples, at least 2.
        seed: of the resampling.

    Returns:
        The agreement, or None where an order has ties only: fewer than two features matter at all.
    """
    n = len(first)
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=replicates) / n
    whole = np.vstack([np.full((1, n), 1 / n), weights])
    places = [_places(np.where(nothing, 0.0, np.maximum(whole @ one, 0.0))) for one in (first, second)]
    correlations = _correlations(*places)
    if not np.isfinite(correlations[0]):
        return None
    drawn = correlations[1:][np.isfinite(correlations[1:])]
    if len(drawn) < replicates / 2:
        return None
    moved = (places[1] - places[0])[1:]
    return Agreement(float(correlations[0]), drawn, np.stack([places[0][0], places[1][0]]), moved)


def _places(values: Reals) -> Reals:
    """Place of each feature, 1 for the largest value, by row."""
    places: Reals = rankdata(-values, axis=1)
    return places


def _correlations(first: Reals, second: Reals) -> Reals:
    """Pearson's correlation by row; NaN where a row has no spread."""
    one, other = first - first.mean(axis=1, keepdims=True), second - second.mean(axis=1, keepdims=True)
    scale = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    inner = (one * other).sum(axis=1)
    correlations: Reals = np.divide(inner, scale, out=np.full(len(scale), np.nan), where=scale > 0)
    return correlations


@dataclass(frozen=True, slots=True)
class Companion:
    """The feature whose attributions go most with another's.

    Attributes:
        index: of the companion.
        correlation: Spearman's between the two features' attributions over rows, by size.
        together: multiple correlation of the feature's attributions with those of all others, from 0 to 1.
    """

    index: int
    correlation: float
    together: float


def companions(attributions: Reals) -> tuple[Companion, ...]:
    """For each feature, the other one whose attributions rise or fall with its own over the rows.

    Attributions stand for the values: numbers and categories alike, on the scale on which the model reads them.

    Args:
        attributions: shape (n, F), two features at least.
    """
    alike = np.abs(_correlation_matrix(rankdata(attributions, axis=0)))
    np.fill_diagonal(alike, 0.0)
    best, together = alike.argmax(axis=1), _multiple_correlations(_correlation_matrix(attributions))
    return tuple(Companion(int(j), float(alike[i, j]), float(together[i])) for i, j in enumerate(best))


def _correlation_matrix(columns: Reals) -> Reals:
    """Pearson's between columns; 0 with a column that does not vary, 1 on the diagonal."""
    centred = columns - columns.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=0))
    scale = np.outer(size, size)
    inner = centred.T @ centred
    matrix: Reals = np.divide(inner, scale, out=np.zeros_like(inner), where=scale > 0)
    np.fill_diagonal(matrix, 1.0)
    return matrix


#: Added to the diagonal of correlations, so that a column that others make up exactly can be told too.
_RIDGE = 1e-6


def _multiple_correlations(matrix: Reals) -> Reals:
    """Root of 1 - 1 / (C^-1)_jj: the correlation of each column with the best sum of the others."""
    inverse = np.diag(np.linalg.inv(matrix + _RIDGE * np.eye(len(matrix))))
    multiple: Reals = np.sqrt(np.clip(1 - 1 / np.maximum(inverse, 1.0), 0.0, 1.0))
    return multiple
