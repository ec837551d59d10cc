"""How well one feature alone predicts the label: the ceiling that tells a leak from a good feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.exhibit import BarChart, Series
from tasks.stats.estimate import Estimate
from tasks.stats.roc import auc_interval, paired_auc

Reals = NDArray[np.float64]
Labels = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class SingleFeature:
    """The AUC of one feature alone.

    Attributes:
        auc: at least 0.5 for a number, whichever direction it predicts in.
        smaller_class: rows of the rarer label.
    """

    auc: Estimate
    smaller_class: int


def number_alone(values: Reals, label: Labels) -> SingleFeature | None:
    """AUC of a number by its rank, in its better direction, with missing values as lowest or highest of all.

    Args:
        values: NaN where missing, shape (n,).
        label: 0 or 1, shape (n,).

    Returns:
        The best of the four, or None with fewer than two rows of a class.
    """
    missing = np.isnan(values)
    present = values[~missing]
    low, high = (present.min() - 1, present.max() + 1) if len(present) else (0.0, 0.0)
    if missing.any():
        # Ranks are all that counts, so 'lowest of all' is enough; one step below the smallest value of any size.
        low, high = np.nextafter(low, -np.inf), np.nextafter(high, np.inf)
    scores = np.stack([np.where(missing, low, values), np.where(missing, high, values)])
    return _best(scores, label)


def category_alone(levels: NDArray[np.intp], label: Labels, *, folds: int, seed: int) -> SingleFeature | None:
    """AUC of a category scored by the mean label of its level, made on the other folds.

    In-fold means would make any category with many levels look like a leak.

    Args:
        levels: level of each row as 0, 1, ...; missing is a level of its own, shape (n,).
        label: 0 or 1, shape (n,).
        folds: parts that the rows are dealt into, at least 2.
        seed: seed of the dealing.

    Returns:
        The AUC, or None with fewer than two rows of a class.
    """
    n = len(label)
    fold = np.random.default_rng(seed).permutation(n) % folds
    size = int(levels.max()) + 1 if n else 0
    score = np.zeros(n)
    for held in range(folds):
        others, own = fold != held, fold == held
        # A level that the other folds lack gets their mean, and a rare one is drawn towards it by one row.
        mean = float(label[others].mean()) if others.any() else 0.5
        count = np.bincount(levels[others], minlength=size)
        total = np.bincount(levels[others], label[others], minlength=size)
        score[own] = ((total + mean) / (count + 1))[levels[own]]
    paired = paired_auc(label, score[None, :])
    return SingleFeature(paired.estimate(0), min(paired.positives, paired.negatives)) if paired else None


def alone_chart(title: str, alone: Sequence[tuple[str, SingleFeature]], level: float, limit: float) -> BarChart:
    """The AUC of each feature alone, with its interval.

    Args:
        title: what is shown.
        alone: names of the features and their AUCs, in the order of the bars.
        level: coverage of the intervals.
        limit: AUC that a reader should compare with.
    """
    intervals = [auc_interval(one.auc, level, one.smaller_class) for _, one in alone]
    series = Series(
        name="AUC of one feature alone",
        values=tuple(one.auc.value for _, one in alone),
        low=tuple(one.low for one in intervals),
        high=tuple(one.high for one in intervals),
    )
    return BarChart(title=title, unit="AUC", labels=tuple(name for name, _ in alone), series=(series,), limits=(limit,))


def _best(scores: Reals, label: Labels) -> SingleFeature | None:
    paired = paired_auc(label, scores)
    if paired is None:
        return None
    strength = np.abs(paired.auc - 0.5)
    estimate = paired.estimate(int(np.argmax(strength)))
    shown = Estimate(0.5 + float(strength.max()), estimate.standard_error, estimate.n)
    return SingleFeature(shown, min(paired.positives, paired.negatives))
