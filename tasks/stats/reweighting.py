"""Reweighting: rows made to stand for another population, by weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.edges import known_numbers, numbers_of
from tasks.evidence.frame import Frame
from tasks.evidence.levels import level_counts, level_numbers
from tasks.evidence.schema import FeatureSchema, Kind

Reals = NDArray[np.float64]
Marks = NDArray[np.bool_]

#: Strength of the ridge on standardised columns: a population of a few hundred rows must not be told apart by heart.
_RIDGE = 0.1

#: Levels of a category that get a column; the others share one.
_LEVELS = 20

#: Numbers are cut at so many standard deviations, beyond which a straight line in them means nothing.
_CUT = 3.0


def population_weights(rows: Frame, population: Frame, schema: FeatureSchema, seed: int) -> Reals:
    """Weights that tilt rows towards a population: the odds that a row is of it, by logistic regression.

    Density ratios by classification (Bickel, Brueckner & Scheffer 2009, JMLR 10; Sugiyama et al. 2012). Each half of
    the rows is weighed by a model of the other half, so that no row is recognised.

    Args:
        rows: features of the rows to weigh, n of them, at least two.
        population: features of the population, at least two rows.
        schema: which columns to compare, and their kinds.
        seed: deals the halves.

    Returns:
        Weights with mean 1, shape (n,).
    """
    from sklearn.linear_model import LogisticRegression

    own, others = _design(rows, population, schema)
    rng = np.random.default_rng(seed)
    first, second = rng.permutation(len(own)) % 2, rng.permutation(len(others)) % 2
    weights = np.ones(len(own))
    for half in (0, 1):
        known, strangers = own[first == half], others[second == half]
        model = LogisticRegression(C=_RIDGE, max_iter=200).fit(
            np.concatenate([known, strangers]), np.repeat([0, 1], [len(known), len(strangers)])
        )
        weights[first != half] = np.exp(model.decision_function(own[first != half])) * len(known) / len(strangers)
    normed: Reals = weights / weights.mean()
    return normed


def group_weights(inside: Marks, share: float) -> Reals:
    """Weights under which the rows inside are the given share of all, each side keeping its own mix (Kish 1965).

    Args:
        inside: rows of the group, some but not all, shape (n,).
        share: wanted share, in (0, 1).
    """
    now = float(inside.mean())
    weights: Reals = np.where(inside, share / now, (1 - share) / (1 - now))
    return weights


def effective_rows(weight: Reals) -> float:
    """Rows of equal weight that would tell as much: (sum w)^2 / sum w^2 (Kish 1965); n where all weights are equal."""
    return float(weight.sum() ** 2 / (weight**2).sum())


def _design(rows: Frame, population: Frame, schema: FeatureSchema) -> tuple[Reals, Reals]:
    """Both as standardised columns: numbers with an indicator of the missing, categories as indicators."""
    columns = []
    for feature in schema.features:
        both = [frame[feature.name] for frame in (rows, population)]
        if feature.kind is Kind.CATEGORICAL:
            counts = level_counts(both[0])
            ordered = sorted(counts, key=lambda level: (-counts[level], level))[:_LEVELS]
            numbers = {level: number for number, level in enumerate(ordered)}
            codes = [level_numbers(one, numbers, otherwise=len(ordered), missing=len(ordered) + 1) for one in both]
            joined = np.concatenate(codes)
            columns += [(joined == number).astype(np.float64) for number in range(len(ordered) + 2)]
            continue
        values = [numbers_of(one) for one in both]
        known = known_numbers(values[0])
        centre, spread = (float(known.mean()), float(known.std())) if len(known) else (0.0, 0.0)
        joined = np.concatenate(values)
        present = np.isfinite(joined)
        standard = (np.where(present, joined, centre) - centre) / (spread or 1.0)
        columns += [np.clip(standard, -_CUT, _CUT), present.astype(np.float64)]
    design = np.column_stack(columns)
    spread_of = design.std(axis=0)
    design = (design - design.mean(axis=0)) / np.where(spread_of > 0, spread_of, 1.0)
    return design[: len(rows)], design[len(rows) :]
