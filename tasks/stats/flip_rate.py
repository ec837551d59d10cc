"""Flip rate: the share of training labels that would have to be flipped to contradict the scores as they do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.interval import Interval
from tasks.stats.confident_learning import SuspectZones, zones_of

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]

#: Cells of neighbouring scores that rows are counted in.
_CELLS = 200

#: Fewer labels of a kind than this, and a bootstrap of them says little.
FEWEST_LABELS = 30

#: A flip must move the statistic by at least so much of a row, or the scores tell the labels too little apart.
_LEAST_UNIT = 0.1


@dataclass(frozen=True, slots=True)
class LabelledScores:
    """Labels beside the scores of a model that has seen none of them.

    Attributes:
        label: 0 or 1, shape (n,).
        score: in [0, 1], no NaN, shape (n,).
    """

    label: NDArray[np.int8]
    score: Reals

    def where(self, inside: NDArray[np.bool_]) -> LabelledScores:
        """Some of the rows."""
        return LabelledScores(self.label[inside], self.score[inside])

    @property
    def rarer(self) -> int:
        """Rows with the label that fewer rows have."""
        events = int((self.label == 1).sum())
        return min(events, len(self.label) - events)


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of neighbouring scores, and where in them a label is suspect.

    Attributes:
        cuts: inner cut points, shape (S - 1,).
        scores: mean score of each cell, shape (S,).
        zones: cells in which a label of 1, and of 0, is suspect.
    """

    cuts: Reals
    scores: Reals
    zones: SuspectZones


@dataclass(frozen=True, slots=True)
class FlipRate:
    """A flip rate.

    Attributes:
        value: share of the training labels; below 0 where the test contradicts the scores more than training does.
        interval: of it, by the bootstrap.
        suspect: share of the training labels that are suspect.
        n: training rows that were looked at.
    """

    value: float
    interval: Interval
    suspect: float
    n: int


def make_grid(train: LabelledScores, test: LabelledScores) -> Grid | None:
    """Cells from both, zones from the test.

    Returns:
        The grid, or None when the test has too few of a label, or its scores do not tell its labels apart.
    """
    both = np.concatenate([train.score, test.score])
    if min(train.rarer, test.rarer) < FEWEST_LABELS:
        return None
    cuts = np.unique(np.quantile(both, np.linspace(0, 1, _CELLS + 1)[1:-1]))
    cell = np.searchsorted(cuts, both, side="right")
    rows = np.bincount(cell, minlength=len(cuts) + 1)
    edges = np.concatenate([[0.0], cuts, [1.0]])
    means = np.divide(np.bincount(cell, both, len(rows)), rows, out=(edges[1:] + edges[:-1]) / 2, where=rows > 0)
    positives, negatives = _counts(test, cuts)
    zones = zones_of(positives, negatives, means)
    return Grid(cuts, means, zones) if zones else None


def flip_rate(
    train: LabelledScores, test: LabelledScores, grid: Grid, *, level: float, replicates: int, seed: int
) -> FlipRate | None:
    """Rate of flips in training, beyond that in the test: confident learning, freed of what rare outcomes look like.

    A label is suspect where the score for the other one is as high as where that other one is true (Northcutt, Jiang &
    Chuang 2021, JAIR 70). Plain counts of those are no noise: of rare outcomes most are suspect though they are right.
    So the statistic is suspects minus those that the scores expect, in training minus in the test, whose labels the
    same model has not seen either. A model that learned flips expects them: training then looks right, and the test
    shows fewer than expected; one that is calibrated on right labels shows more in training. The difference is the same
    in both cases. A flip moves it by 1 - 2p of a row in the low zone and by 2p - 1 in the high one; divided by the mean
    of that it is a rate of flips, of both labels alike.

    It cannot see flips that the test has at the same rate, and takes outcomes that changed between training and test
    for flips as far as the two zones do not cancel.

    Args:
        train: training rows that were held out.
        test: rows of the test.
        grid: from all of them.
        level: coverage of the interval.
        replicates: bootstrap draws of the rows of both (percentile interval).
        seed: of the draws.

    Returns:
        The rate, or None where a label is too rare or the scores tell too little.
    """
    if min(train.rarer, test.rarer) < FEWEST_LABELS:
        return None
    first, second = (np.stack(_counts(one, grid.cuts)) for one in (train, test))
    if _unit(first, grid) < _LEAST_UNIT:
        return None
    rng = np.random.default_rng(seed)
    value = float(_rate(first, second, grid))
    low, high = np.quantile(
        _rate(_resampled(rng, first, replicates), _resampled(rng, second, replicates), grid),
        [(1 - level) / 2, (1 + level) / 2],
    )
    suspect = float(first[0][grid.zones.low].sum() + first[1][grid.zones.high].sum()) / len(train.label)
    ends = Interval(low=min(float(low), value), high=max(float(high), value), level=level)
    return FlipRate(value, ends, suspect, len(train.label))


def _counts(rows: LabelledScores, cuts: Reals) -> tuple[Counts, Counts]:
    """Rows with label 1 and with label 0 by cell."""
    cell = np.searchsorted(cuts, rows.score, side="right")
    positives = np.bincount(cell, rows.label == 1, len(cuts) + 1).astype(np.int64)
    return positives, np.bincount(cell, minlength=len(cuts) + 1).astype(np.int64) - positives


def _resampled(rng: np.random.Generator, counts: Counts, replicates: int) -> Counts:
    """Counts of rows drawn with replacement, shape (replicates, 2, S)."""
    n = int(counts.sum())
    drawn: Counts = rng.multinomial(n, counts.ravel() / n, replicates).reshape(replicates, *counts.shape)
    return drawn


def _rate(train: Counts, test: Counts, grid: Grid) -> Reals:
    rate: Reals = (_excess(train, grid) - _excess(test, grid)) / _unit(train, grid)
    return rate


def _excess(counts: Counts, grid: Grid) -> Reals:
    """Suspects minus those expected, as a share of the rows; counts of shape (..., 2, S)."""
    positives, negatives = counts[..., 0, :], counts[..., 1, :]
    over = positives - (positives + negatives) * grid.scores
    signs = grid.zones.low.astype(np.float64) - grid.zones.high
    excess: Reals = over @ signs / (positives + negatives).sum(axis=-1)
    return excess


def _unit(counts: Counts, grid: Grid) -> Reals:
    """By how much a flip in every row would move the excess."""
    rows = counts.sum(axis=-2)
    signs = grid.zones.low.astype(np.float64) - grid.zones.high
    unit: Reals = rows @ (signs * (1 - 2 * grid.scores)) / rows.sum(axis=-1)
    return unit
