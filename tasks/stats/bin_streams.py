"""Streams on histograms: row scores that are constant within a bin, so that a profile gives their nightly means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.binning import CategoricalLevels, FeatureBins
from tasks.evidence.profile import Counts
from tasks.stats.e_bank import Streams

Reals = NDArray[np.float64]

LOCATION, SPREAD, LEVEL = "location", "spread", "level"

#: Levels of a category that are watched one by one; 'unseen' is a matter of data quality too.
_WATCHED_LEVELS = 10


@dataclass(frozen=True, slots=True)
class BinScore:
    """One row score on one histogram.

    Attributes:
        subject: what the histogram is of.
        histogram: its index among the histograms.
        aspect: location, spread, or a level (with its name).
        score: of each bin, shape (bins,).
    """

    subject: str
    histogram: int
    aspect: str
    score: Reals


def rank_scores(subject: str, histogram: int, mid_ranks: Reals) -> tuple[BinScore, BinScore]:
    """Location u and spread |2u - 1| of a numeric histogram, u the reference's mid-rank (STATISTICS.md, section 2)."""
    return (
        BinScore(subject, histogram, LOCATION, mid_ranks),
        BinScore(subject, histogram, SPREAD, np.abs(2 * mid_ranks - 1)),
    )


def feature_scores(index: int, edges: FeatureBins) -> tuple[BinScore, ...]:
    """What is watched of one feature: ranks of a number, indicators of a category's largest levels and of 'unseen'."""
    if not isinstance(edges, CategoricalLevels):
        return rank_scores(edges.name, index, edges.mid_ranks)
    unseen = edges.bins - 1
    names = {bin_: level for bin_, level in enumerate(edges.levels[:_WATCHED_LEVELS])} | {unseen: "an unseen level"}
    return tuple(
        BinScore(edges.name, index, f"{LEVEL}:{name}", np.eye(edges.bins)[bin_]) for bin_, name in names.items()
    )


def measure(scores: Sequence[BinScore], histograms: Sequence[Counts]) -> tuple[Reals, Reals]:
    """Mean of each score and rows behind it, (K,) each; NaN where the histogram is empty."""
    rows = np.array([histogram.sum() for histogram in histograms], dtype=np.float64)
    totals = np.array([float(score.score @ histograms[score.histogram]) for score in scores])
    counted = rows[[score.histogram for score in scores]]
    return np.divide(totals, counted, out=np.full(len(scores), np.nan), where=counted > 0), counted


def variances(scores: Sequence[BinScore], histograms: Sequence[Counts]) -> Reals:
    """Variance of each score over the rows of the histograms, (K,); 0 where there is none."""
    first = measure(scores, histograms)[0]
    second = measure([BinScore(s.subject, s.histogram, s.aspect, s.score**2) for s in scores], histograms)[0]
    return np.nan_to_num(np.maximum(second - first**2, 0.0))


def both_ways(
    scores: Sequence[BinScore], means: Reals, tolerances: Reals, aspects: Sequence[str] | None = None
) -> Streams:
    """Every score watched for a rise and for a fall; subjects share the budget equally, whatever they have of scores.

    Args:
        scores: the scores, K of them.
        means: their means in the reference, (K,).
        tolerances: moves that do not matter, (K,).
        aspects: names of the aspects where they are not the scores' own.
    """
    lowest = np.array([score.score.min() for score in scores])
    highest = np.array([score.score.max() for score in scores])
    subjects = [score.subject for score in scores]
    weight = np.array([1.0 / subjects.count(subject) for subject in subjects])
    named = tuple(aspects or (score.aspect for score in scores))
    return Streams(
        subject=tuple(subjects) * 2,
        aspect=named * 2,
        statistic=np.tile(np.arange(len(scores)), 2),
        sign=np.repeat([1.0, -1.0], len(scores)),
        upper=np.concatenate([highest - means, means - lowest]).clip(min=0.0),
        tolerance=np.tile(tolerances, 2),
        weight=np.tile(weight, 2),
    )
