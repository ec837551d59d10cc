"""Agreement of two models' attributions on the same rows: distance, order, sign and magnitude, each for itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from tasks.evidence.interval import Interval
from tasks.stats.share_change import split, total_variation

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure with its interval over rows.

    Attributes:
        value: on all rows.
        interval: percentile interval of a bootstrap over rows.
    """

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two models agree.

    Attributes:
        distance: total variation of the shares; 0 equal, 1 nothing in common.
        order: Kendall's tau of the shares; 1 the same order, 0 no relation, -1 reversed.
        ndcg: of the challenger's order with the champion's shares as gains; 1 the same order.
        sign: share of attribution, by magnitude, whose sign agrees; 1 everywhere, 0 nowhere.
        magnitude: sum of mean |attribution|, challenger over champion; 1 alike.
    """

    distance: Measured
    order: Measured
    ndcg: Measured
    sign: Measured
    magnitude: Measured


def ndcg(gains: Reals, ranked_by: Reals) -> float:
    """Normalised discounted cumulative gain (Jaervelin & Kekaelaeinen 2002) of one order under another's gains.

    sum_i gain(i-th of the order) / log2(i + 1), over the same of the best order: 1 for the same order. Where few
    features carry most, hardly any order brings it below .9.

    Args:
        gains: shares of the champion, at least 0, their sum above 0, shape (K,).
        ranked_by: shares of the challenger, shape (K,).
    """
    discount = 1 / np.log2(np.arange(len(gains)) + 2)
    order = np.argsort(-ranked_by, kind="stable")
    return float(gains[order] @ discount / (np.sort(gains)[::-1] @ discount))


def order_agreement(first: Reals, second: Reals) -> float:
    """Kendall's tau-b of two splits; 1 where neither tells its features apart."""
    tau = float(kendalltau(first, second).statistic)
    return tau if np.isfinite(tau) else 1.0


def agreement(after: Reals, before: Reals, *, replicates: int, level: float, seed: int) -> Agreement | None:
    """Agreement of two models on the same rows, with a bootstrap over the rows.

    The weight of a row's feature in the sign is the sum of its two magnitudes, so that attributions near 0, whose sign
    is chance, count for next to nothing.

    Args:
        after: attributions of the challenger, shape (n, F).
        before: those of the champion on the same rows, columns aligned.
        replicates: bootstrap samples, at least 2.
        level: coverage of the intervals.
        seed: seed of the resampling.

    Returns:
        The agreement, or None with fewer than two rows or where a model attributes nothing.
    """
    n, features = after.shape
    mine, theirs = np.abs(after), np.abs(before)
    if n < 2 or not np.isfinite(mine.sum() + theirs.sum()) or mine.sum() <= 0 or theirs.sum() <= 0:
        return None
    weight = mine + theirs
    # One matrix product resamples all that is summed over rows.
    agreeing = np.where(np.sign(after) == np.sign(before), weight, 0.0).sum(axis=1)
    summed = np.column_stack([mine, theirs, agreeing, weight.sum(axis=1)])
    draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=replicates).astype(np.float64)
    sums = np.vstack([summed.sum(axis=0), draws @ summed])
    new, old = split(sums[:, :features]), split(sums[:, features : 2 * features])
    pairs = list(zip(old, new, strict=True))
    magnitude = sums[:, :features].sum(axis=1) / sums[:, features : 2 * features].sum(axis=1)
    return Agreement(
        distance=_measured(total_variation(new, old).tolist(), level),
        order=_measured([order_agreement(*pair) for pair in pairs], level),
        ndcg=_measured([ndcg(*pair) for pair in pairs], level),
        sign=_measured((sums[:, -2] / sums[:, -1]).tolist(), level),
        magnitude=_measured(magnitude.tolist(), level),
    )


def _measured(values: list[float], level: float) -> Measured:
    """The first value is that of all rows; the others are resampled.

    The interval reaches at least to the value: a distance is larger under resampling than it is.
    """
    low, high = np.quantile(values[1:], [(1 - level) / 2, (1 + level) / 2])
    value = values[0]
    return Measured(value, Interval(low=min(float(low), value), high=max(float(high), value), level=level))
