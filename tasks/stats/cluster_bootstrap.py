"""Bootstrap of rankings on the same rows, by row or by cluster, through counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.stats.clustered_mean import Codes
from tasks.stats.estimate import Estimate
from tasks.stats.weighted_ranking import Ranking, ranking

Reals = NDArray[np.float64]

#: Replicates that are ranked at a time: enough for the sparse product to pay, few enough to fit the cache.
_BLOCK = 50

#: A replicate that drew no row of a class has no value; with more of them than this share, none of it means much.
_MOST_EMPTY = 0.05


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """A figure of k scores on the same rows, with its replicates.

    Attributes:
        value: on the rows as they are, shape (k,).
        replicates: on rows drawn again, the same draw for each score, shape (R, k).
        n: rows.
    """

    value: Reals
    replicates: Reals
    n: int

    def difference(self, first: int, second: int) -> Estimate:
        """Figure of `first` minus figure of `second`, with the standard deviation over the replicates as its error."""
        error = float((self.replicates[:, first] - self.replicates[:, second]).std(ddof=1))
        return Estimate(float(self.value[first] - self.value[second]), error, self.n)


def bootstrap(
    label: NDArray[np.int8],
    scores: Sequence[Reals],
    figure: Callable[[Ranking, Reals], Reals],
    *,
    clusters: Codes | None = None,
    replicates: int = 2000,
    seed: int,
) -> Bootstrap | None:
    """Draw rows, or whole clusters, with replacement, and take the figure of every score on each draw.

    Efron & Tibshirani (1993); clusters: Field & Welsh (2007), Journal of the Royal Statistical Society B 69. Each score
    is ranked once; a draw is a count for each row or cluster, and many draws are ranked by one sparse product.

    Args:
        label: 0 or 1, shape (n,).
        scores: each of shape (n,); no NaN.
        figure: for example `Ranking.auc`.
        clusters: grouping of the rows as codes from 0 on without gaps, shape (n,); None draws rows.
        replicates: draws.
        seed: of the draws.

    Returns:
        The replicates, or None where there is nothing to draw from: a class without rows (or too rarely drawn), or
        fewer than two clusters.

    Raises:
        ValueError: a score is NaN.
    """
    n = len(label)
    units = n if clusters is None else int(clusters.max(initial=-1)) + 1
    if units < 2 or not 0 < int((label == 1).sum()) < n:
        return None
    ranked = [ranking(label, score, clusters) for score in scores]
    rng = np.random.default_rng(seed)
    blocks = []
    for start in range(0, replicates, _BLOCK):
        draws = _draws(units, min(_BLOCK, replicates - start), rng)
        blocks.append(np.stack([figure(one, draws) for one in ranked], axis=1))
    made = np.concatenate(blocks)
    whole = made[~np.isnan(made).any(axis=1)]
    if len(whole) < 2 or len(whole) < (1 - _MOST_EMPTY) * replicates:
        return None
    once = np.ones((units, 1))
    return Bootstrap(np.array([figure(one, once)[0] for one in ranked]), whole, n)


def _draws(units: int, count: int, rng: np.random.Generator) -> Reals:
    """How often each unit is drawn, shape (units, count)."""
    drawn = np.empty((count, units))
    for row in drawn:
        row[:] = np.bincount(rng.integers(0, units, units), minlength=units)
    return np.ascontiguousarray(drawn.T)
