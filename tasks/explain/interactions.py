"""Interactions: how much of what two features do is done by both together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.frame import Frame

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interaction:
    """Two features together.

    Attributes:
        first: a feature.
        second: another.
        strength: H, in [0, 1]: 0 says that their effects add up, 1 that neither has one without the other.
    """

    first: str
    second: str
    strength: float


def interactions(margin: Callable[[Frame], Reals], rows: Frame, names: tuple[str, ...]) -> tuple[Interaction, ...]:
    """Friedman's H of every pair of the named features, strongest first.

    H² = sum (F_jk - F_j - F_k)² / sum F_jk², each F the centred partial dependence of the raw margin at the rows
    (Friedman & Popescu 2008, Annals of Applied Statistics 2). A pair without any effect has 0.

    Args:
        margin: the model's raw margin of rows.
        rows: n rows of its features, at which the dependence is taken and over which it is averaged; n² rows are
            scored for each feature and pair, so a hundred are enough.
        names: at least two features, those that matter.
    """
    single = {name: _dependence(margin, rows, (name,)) for name in names}
    found = []
    for first, second in combinations(names, 2):
        both = _dependence(margin, rows, (first, second))
        total = float((both**2).sum())
        beyond = float(((both - single[first] - single[second]) ** 2).sum())
        strength = np.sqrt(beyond / total) if total > 0 else 0.0
        found.append(Interaction(first, second, float(min(strength, 1.0))))
    return tuple(sorted(found, key=lambda pair: -pair.strength))


def _dependence(margin: Callable[[Frame], Reals], rows: Frame, names: tuple[str, ...]) -> Reals:
    """Centred partial dependence at each row, shape (n,)."""
    n = len(rows)
    repeated = rows.iloc[np.tile(np.arange(n), n)].reset_index(drop=True)
    for name in names:
        repeated[name] = rows[name].to_numpy()[np.repeat(np.arange(n), n)]
    dependence = margin(repeated).reshape(n, n).mean(axis=1)
    return np.asarray(dependence - dependence.mean(), dtype=np.float64)
