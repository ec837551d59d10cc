"""Rows drawn from counts: how many of each kind are among some rows of a table that only counts are known of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


def drawn(rng: np.random.Generator, counts: Counts, chosen: int) -> Counts:
    """How many of each kind are among rows chosen at random without replacement (multivariate hypergeometric).

    Args:
        rng: draws them.
        counts: rows of each kind, (K,).
        chosen: rows that are chosen, at most all of them.
    """
    if chosen >= counts.sum():
        return counts.copy()
    found: Counts = rng.multivariate_hypergeometric(counts, chosen, method="marginals").astype(np.int64)
    return found


def drawn_of_groups(rng: np.random.Generator, groups: Counts, rows: int, chosen: int) -> Counts:
    """The same for groups that share the rows with rows of no group.

    Args:
        rng: draws them.
        groups: rows of each group, at most `rows` together, (K,).
        rows: all rows.
        chosen: rows that are chosen.
    """
    others = max(rows - int(groups.sum()), 0)
    return drawn(rng, np.append(groups, others), chosen)[:-1]


def groups_by_attribute(attributes: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    """Indices of the groups of each protected attribute; group 0 is every row and is of none."""
    names = dict.fromkeys(attributes[1:])
    return tuple(tuple(index for index, name in enumerate(attributes) if index and name == own) for own in names)
