"""Likeness of attributions: how far two models explain the same rows alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]


def cosine(first: Reals, second: Reals) -> Reals:
    """Cosine between the attributions of each row: 1 the same reasons, 0 unrelated ones, -1 the same ones turned round.

    It does not see how large they are in all. A row to which a model attributes nothing has 0: nothing is alike.

    Args:
        first: attributions under one model, shape (..., n, F).
        second: the same rows under the other, a shape that goes with it.

    Returns:
        shape (..., n).
    """
    sizes = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
    inner = (first * second).sum(axis=-1)
    alike: Reals = np.clip(np.divide(inner, sizes, out=np.zeros_like(inner), where=sizes > 0), -1.0, 1.0)
    return alike


def changed_share(first: Reals, second: Reals) -> Reals:
    """Share of each row's attribution that is another one: sum |a - b| / sum (|a| + |b|) (Bray & Curtis 1957).

    0 when both models explain the row alike, 1 when they share no feature or turn each round. A row to which both
    attribute nothing has 0.

    Args:
        first: attributions under one model, shape (..., n, F).
        second: the same rows under the other, a shape that goes with it.

    Returns:
        shape (..., n).
    """
    apart = np.abs(first - second).sum(axis=-1)
    both = np.abs(first).sum(axis=-1) + np.abs(second).sum(axis=-1)
    # Rounding may leave a share a hair above 1.
    changed: Reals = np.minimum(np.divide(apart, both, out=np.zeros_like(apart), where=both > 0), 1.0)
    return changed


def shares_of(values: Reals, weight: Reals | None = None) -> Reals:
    """Share of mean |attribution| of each feature; all 0 where nothing is attributed.

    Args:
        values: attributions, shape (..., n, F).
        weight: how often each row counts, shape (n,); None means once.

    Returns:
        shape (..., F), summing to 1.
    """
    magnitudes = np.abs(values)
    sums = magnitudes.sum(axis=-2) if weight is None else np.einsum("n,...nf->...f", weight, magnitudes)
    total = sums.sum(axis=-1, keepdims=True)
    shares: Reals = np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)
    return shares
