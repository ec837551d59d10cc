"""Telling a group: how well the attributions of a model give away who belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from tasks.stats.estimate import Estimate
from tasks.stats.roc import PairedAuc, paired_auc

Reals = NDArray[np.float64]
Marks = NDArray[np.bool_]
Codes = NDArray[np.intp]

#: Share of a column's own variance added to it, so that columns that say the same do not make the fit explode.
_RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class TwoTellings:
    """How well two models' attributions of the same rows tell a group from the rest.

    Attributes:
        first: AUC by the first; 0.5 means not at all, 1 wholly.
        second: AUC by the second.
        gain: first minus second, with its paired error over rows.
    """

    first: Estimate
    second: Estimate
    gain: Estimate


def tell_by_two(first: Reals, second: Reals, inside: Marks, *, folds: int, seed: int) -> TwoTellings | None:
    """AUC of Fisher's linear discriminant (1936) of the group, each fold scored by a fit to the others.

    The AUC is the mean of the folds' own, so that scores of different fits are never ranked among each other; errors
    are DeLong's by fold, paired for the difference. Columns count by their pattern, not by their size: what a feature
    carries of a gap is the question of `carried_gap`.

    Args:
        first: attributions by one model, shape (n, columns).
        second: by the other, shape (n, columns of its own).
        inside: which rows are of the group, shape (n,).
        folds: parts, at least 2, each with the same share of the group.
        seed: deals the rows to the parts.

    Returns:
        Both AUCs and their difference, or None with fewer than two rows of a kind in a fold.
    """
    parts = _by_fold(np.stack([_padded(first, second), _padded(second, first)]), inside, folds, seed)
    if parts is None:
        return None
    return TwoTellings(
        _pooled([one.estimate(0) for one in parts]),
        _pooled([one.estimate(1) for one in parts]),
        _pooled([one.difference(0, 1) for one in parts]),
    )


def spread_of_tellings(refits: Reals, inside: Marks, *, folds: int, seed: int) -> float | None:
    """Standard deviation of that AUC between models of one recipe.

    Args:
        refits: attributions of the same rows by each, shape (B, n, columns), B at least 2.
        inside: which rows are of the group, shape (n,).
        folds: as of `tell_by_two`.
        seed: as of `tell_by_two`.
    """
    parts = _by_fold(refits, inside, folds, seed)
    return None if parts is None else float(np.mean([one.auc for one in parts], axis=0).std(ddof=1))


def _padded(columns: Reals, other: Reals) -> Reals:
    missing = max(other.shape[1] - columns.shape[1], 0)
    return np.pad(columns, ((0, 0), (0, missing)))


def _by_fold(models: Reals, inside: Marks, folds: int, seed: int) -> list[PairedAuc] | None:
    """The AUCs of several models in each fold, the same rows for all."""
    if min(int(inside.sum()), int((~inside).sum())) < 2 * folds:
        return None
    fold, parts = _dealt(inside, folds, seed), []
    for part in range(folds):
        own = fold == part
        paired = paired_auc(inside[own].astype(np.int8), np.stack([_scores(one, inside, own) for one in models]))
        if paired is None:
            return None
        parts.append(paired)
    return parts


def _dealt(inside: Marks, folds: int, seed: int) -> Codes:
    rng = np.random.default_rng(seed)
    fold = np.zeros(len(inside), dtype=np.intp)
    for kind in (inside, ~inside):
        fold[kind] = rng.permutation(int(kind.sum())) % folds
    return fold


def _scores(columns: Reals, inside: Marks, own: Marks) -> Reals:
    """Scores of a fold by the discriminant of the others: least squares on the marks has its direction."""
    centre, spread = columns[~own].mean(axis=0), columns[~own].std(axis=0)
    scaled = (columns - centre) / np.where(spread > 0, spread, 1.0)
    fitted, marks = scaled[~own], inside[~own] - inside[~own].mean()
    products = fitted.T @ fitted
    products[np.diag_indices_from(products)] += _RIDGE * len(fitted)
    scores: Reals = scaled[own] @ np.linalg.solve(products, fitted.T @ marks)
    return scores


def _pooled(parts: list[Estimate]) -> Estimate:
    error = sqrt(sum(one.standard_error**2 for one in parts)) / len(parts)
    return Estimate(sum(one.value for one in parts) / len(parts), error, sum(one.n for one in parts))
