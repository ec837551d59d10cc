"""Association of features: which of them say much the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from tasks.evidence.frame import Frame
from tasks.evidence.schema import FeatureSchema, Kind

Reals = NDArray[np.float64]

#: Rows that have both features, below which nothing is said of them.
_FEWEST = 50


@dataclass(frozen=True, slots=True)
class Association:
    """Two features that go together.

    Attributes:
        first: one feature.
        second: the other.
        strength: in [0, 1]; of numbers the size of the rank correlation, of categories Cramér's V.
    """

    first: str
    second: str
    strength: float


def rank_correlation(one: Reals, other: Reals) -> float:
    """Spearman's rank correlation over the rows that have both (Spearman 1904); 0 where one does not vary.

    Args:
        one: shape (n,), NaN where missing.
        other: the same.

    Returns:
        In [-1, 1]: 1 when they rise together, -1 when one falls as the other rises, 0 when ranks say nothing.
    """
    both = np.isfinite(one) & np.isfinite(other)
    if both.sum() < _FEWEST:
        return 0.0
    ranks = [np.asarray(rankdata(values[both]), dtype=np.float64) for values in (one, other)]
    centred = [rank - rank.mean() for rank in ranks]
    size = float(np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return float((centred[0] * centred[1]).sum()) / size if size > 0 else 0.0


def cramers_v(one: NDArray[np.object_], other: NDArray[np.object_]) -> float:
    """Cramér's V over the rows that have both, corrected for what chance alone makes.

    V^2 = phi^2 / min(r - 1, c - 1) with phi^2 and the numbers of levels corrected by Bergsma (2013, Journal of the
    Korean Statistical Society 42); 0 where one has a single level.

    Args:
        one: shape (n,), None or NaN where missing.
        other: the same.

    Returns:
        In [0, 1]: 1 when one level gives the other away, 0 when they are independent.
    """
    import pandas as pd

    first, second = (pd.factorize(values)[0] for values in (one, other))
    both = (first >= 0) & (second >= 0)
    n = int(both.sum())
    if n < _FEWEST:
        return 0.0
    table = pd.crosstab(first[both], second[both]).to_numpy(np.float64)
    rows, columns = table.shape
    if min(rows, columns) < 2:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    phi = max(0.0, float(((table - expected) ** 2 / expected).sum()) / n - (rows - 1) * (columns - 1) / (n - 1))
    levels = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1))
    return min(1.0, float(np.sqrt(phi / (levels - 1)))) if levels > 1 else 0.0


def going_together(features: Frame, schema: FeatureSchema, limit: float) -> tuple[Association, ...]:
    """Pairs of features of one kind whose association reaches a limit, strongest first.

    A number and a category are not compared.

    Args:
        features: one column a feature of the schema, n rows.
        schema: their kinds.
        limit: in (0, 1].
    """
    found = []
    for kind, values, strength in (
        (Kind.NUMERIC, np.float64, rank_correlation),
        (Kind.CATEGORICAL, object, cramers_v),
    ):
        names = [feature.name for feature in schema.features if feature.kind is kind]
        columns = {name: features[name].to_numpy(values) for name in names}
        found += [
            Association(one, other, abs(strength(columns[one], columns[other])))
            for one, other in combinations(names, 2)
        ]
    return tuple(sorted((one for one in found if one.strength >= limit), key=lambda one: -one.strength))
