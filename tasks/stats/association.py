"""Association of features: which of them say much the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.frame import Frame
from tasks.evidence.schema import FeatureSchema, Kind
from tasks.stats.rank_correlation import spearman

#: Rows that have both features, below which nothing is said of them.
_FEWEST = 50


@dataclass(frozen=True, slots=True)
class Association:
    """Two features that go together.

    Attributes:
        first: one feature.
        second: the other.
        strength: in [0, 1]; of numbers the size of the rank correlation, of categories Cramér's V; 0 where one does not
            vary; None where too few rows have both to tell.
    """

    first: str
    second: str
    strength: float | None


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
    if not n:
        return 0.0
    table = pd.crosstab(first[both], second[both]).to_numpy(np.float64)
    rows, columns = table.shape
    if min(rows, columns) < 2:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    phi = max(0.0, float(((table - expected) ** 2 / expected).sum()) / n - (rows - 1) * (columns - 1) / (n - 1))
    levels = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1))
    return min(1.0, float(np.sqrt(phi / (levels - 1)))) if levels > 1 else 0.0


def going_together(features: Frame, schema: FeatureSchema) -> tuple[Association, ...]:
    """Pairs of features of one kind, strongest first, those of which nothing can be told last.

    A number and a category are not compared.

    Args:
        features: one column a feature of the schema, n rows.
        schema: their kinds.
    """
    found = []
    for kind in (Kind.NUMERIC, Kind.CATEGORICAL):
        names = [feature.name for feature in schema.features if feature.kind is kind]
        found += [
            Association(one, other, _strength(features, one, other, kind)) for one, other in combinations(names, 2)
        ]
    return tuple(sorted(found, key=lambda one: 1.0 if one.strength is None else -one.strength))


def _strength(features: Frame, first: str, second: str, kind: Kind) -> float | None:
    there = features[first].notna() & features[second].notna()
    if int(there.sum()) < _FEWEST:
        return None
    one, other = features.loc[there, first], features.loc[there, second]
    if kind is Kind.NUMERIC:
        return abs(spearman(one.to_numpy(np.float64), other.to_numpy(np.float64)) or 0.0)
    return cramers_v(one.to_numpy(object), other.to_numpy(object))
