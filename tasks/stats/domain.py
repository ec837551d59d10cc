"""Domain classifier: can the rows of two windows be told apart, and how many of one can stand for the other?"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from tasks.stats.estimate import Estimate
from tasks.stats.roc import paired_auc

Reals = NDArray[np.float64]
Codes = NDArray[np.intp]

#: Levels of a category that get an indicator each.
_LEVELS = 10

#: Scores are kept this far from 0 and 1: a row cannot stand for more than a million others.
_SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class Domains:
    """How two windows differ.

    Attributes:
        auc: of the classifier, cross-fitted; 0.5 means that nobody can tell the windows apart, 1 that everybody can.
        smaller: rows of the smaller window.
        effective_share: effective sample size of the old rows when they are weighted to stand for the new, as a share
            of them: 1 means that all count alike, near 0 that a few carry the rest.
    """

    auc: Estimate
    smaller: int
    effective_share: Estimate


def domain_matrix(numbers: list[Reals], categories: list[Codes]) -> Reals:
    """Rank features of both windows together, shape (n, columns).

    Of a number: its mid-rank u - 1/2 among those that are there, |2u - 1| - 1/2 (spread), and whether it is missing; of
    a category: an indicator of each of its ten largest levels. Neither outliers nor units matter.

    Args:
        numbers: NaN where missing, shape (n,) each.
        categories: levels as 0, 1, ..., shape (n,) each.
    """
    columns: list[Reals] = []
    for values in numbers:
        there = ~np.isnan(values)
        u = np.zeros(len(values))
        u[there] = (rankdata(values[there]) - 0.5) / max(int(there.sum()), 1) - 0.5
        columns += [u, np.where(there, np.abs(2 * u) - 0.5, 0.0)]
        columns += [] if there.all() else [(~there).astype(np.float64)]
    for codes in categories:
        largest = np.argsort(-np.bincount(codes), kind="stable")[:_LEVELS]
        columns += [(codes == level).astype(np.float64) for level in largest]
    return np.column_stack(columns)


def tell_apart(matrix: Reals, new: NDArray[np.bool_], *, folds: int, seed: int) -> Domains | None:
    """Logistic regression of 'is new' on the columns, each fold scored by a fit on the others.

    The AUC is the mean of the folds' own, so that scores of different fits are never ranked among each other; its
    variance is the mean of DeLong's by fold, over the folds. That is too small where nothing tells the windows apart:
    the fits then err in ways that hang together. Weights are the odds of being new times old over new rows
    (Bickel, Brueckner & Scheffer 2009, JMLR 10); the effective share is (mean w)^2 / mean w^2 (Kish 1965), its error by
    the delta method.

    Args:
        matrix: rows of both windows, shape (n, columns).
        new: which window each is of, shape (n,).
        folds: parts, at least 2; each has the same mix of both windows.
        seed: deals the rows to the parts.

    Returns:
        How they differ, or None with fewer than two rows of a window in some fold.
    """
    if min(int(new.sum()), int((~new).sum())) < 2 * folds:
        return None
    fold = _dealt(new, folds, seed)
    scores, parts = np.zeros(len(new)), []
    for part in range(folds):
        scores[fold == part] = _scores(matrix, new, fold != part, fold == part)
        parts.append(paired_auc(new[fold == part].astype(np.int8), scores[None, fold == part]))
    known = [one.estimate(0) for one in parts if one]
    error = sqrt(sum(one.standard_error**2 for one in known)) / len(known)
    auc = Estimate(sum(one.value for one in known) / len(known), error, len(new))
    return Domains(auc, min(int(new.sum()), int((~new).sum())), effective_share(scores[~new]))


def _dealt(new: NDArray[np.bool_], folds: int, seed: int) -> Codes:
    rng = np.random.default_rng(seed)
    fold = np.zeros(len(new), dtype=np.intp)
    for window in (new, ~new):
        fold[window] = rng.permutation(int(window.sum())) % folds
    return fold


def _scores(matrix: Reals, new: NDArray[np.bool_], fitted: NDArray[np.bool_], scored: NDArray[np.bool_]) -> Reals:
    from sklearn.linear_model import LogisticRegression

    fit = LogisticRegression(max_iter=300, tol=1e-3).fit(matrix[fitted], new[fitted])
    scores: Reals = np.clip(fit.predict_proba(matrix[scored])[:, 1], _SMALLEST, 1 - _SMALLEST)
    return scores


def effective_share(scores: Reals) -> Estimate:
    """Effective share of rows whose weights are the odds of their scores; its error is that given the scores.

    Args:
        scores: in (0, 1), at least one, shape (n,).
    """
    weight = scores / (1 - scores)
    weight = weight / weight.mean()
    square = float((weight**2).mean())
    # Of 1 / mean w^2, with the mean of w as a second mean that is 1.
    influence = (2 * weight - weight**2 / square) / square
    return Estimate(1 / square, float(influence.std()) / sqrt(len(weight)), len(weight))
