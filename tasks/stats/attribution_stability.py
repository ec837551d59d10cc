"""Stability of attributions: what changes of them, and of the order of features, from fit to fit of a recipe."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau, t

from tasks.stats.attribution_likeness import changed_share, shares_of
from tasks.stats.explained_fits import FitEstimate, over_pairs, pairs_error
from tasks.stats.share_change import total_variation

Reals = NDArray[np.float64]


def moved_share(fits: Reals, replicates: int, seed: int) -> FitEstimate:
    """Total variation between the shares of two fits, half of the sum of absolute differences, over all pairs of fits.

    0 when each feature has the same share in both, 1 when they share no feature. The fits' part of the error is the
    jackknife's, the rows' part the bootstrap's.

    Args:
        fits: attributions of the same rows, shape (fits, n, F); three fits at least.
        replicates: bootstrap samples of the rows, at least 2.
        seed: of the resampling.
    """
    n = fits.shape[1]
    pairs = _variations(shares_of(fits))
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=replicates).astype(np.float64)
    drawn = [over_pairs(_variations(shares_of(fits, weight))) for weight in weights]
    return FitEstimate(over_pairs(pairs), pairs_error(pairs), float(np.std(drawn, ddof=1)), len(fits))


def changed_rows(fits: Reals) -> FitEstimate:
    """Share of a row's attribution that changes between two fits (`changed_share`), over all pairs of fits and rows.

    Args:
        fits: attributions of the same rows, shape (fits, n, F); three fits and two rows at least.
    """
    count, n, _ = fits.shape
    changed = np.stack([changed_share(one, fits) for one in fits])
    pairs = changed.mean(axis=2)
    by_row = changed.sum(axis=(0, 1)) / (count * (count - 1))
    return FitEstimate(over_pairs(pairs), pairs_error(pairs), float(by_row.std(ddof=1)) / n**0.5, count)


def mean_tau(fits: Reals) -> float:
    """Kendall's tau-b between the orders of features by share of two fits, over all pairs of fits.

    1 when all orders are the same, 0 when they have nothing to do with each other; NaN with fewer than two features.

    Args:
        fits: attributions of the same rows, shape (fits, n, F); two fits at least.
    """
    shares = shares_of(fits)
    pairs = [kendalltau(shares[i], shares[j]).statistic for i in range(len(shares)) for j in range(i)]
    return float(np.mean(pairs))


def told_apart(fits: Reals, level: float) -> NDArray[np.bool_]:
    """Features whose place in the order one more fit would surely keep, against every other feature, shape (F,).

    The difference of two shares in another fit lies within mean +- t sd sqrt(1 + 1 / fits) (prediction interval); a
    place is told when that leaves out 0 for every other feature.

    Args:
        fits: attributions of the same rows, shape (fits, n, F); two fits at least.
        level: one-sided chance that a difference keeps its sign, in (0.5, 1).
    """
    shares = shares_of(fits)
    count = len(shares)
    apart = shares[:, :, None] - shares[:, None, :]
    reach = float(t.ppf(level, count - 1)) * (1 + 1 / count) ** 0.5 * apart.std(axis=0, ddof=1)
    sure = np.abs(apart.mean(axis=0)) > reach
    np.fill_diagonal(sure, val=True)
    told: NDArray[np.bool_] = sure.all(axis=1)
    return told


def _variations(shares: Reals) -> Reals:
    """Total variation between each two of several splits, shape (fits, fits)."""
    return total_variation(shares[:, None, :], shares[None, :, :])
