"""Moves of one histogram against a reference of many: location, spread, missing values, levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.season import Season
from tasks.stats.night_variation import Batches, NightShift, night_shift
from tasks.stats.proportions import smoothed_variance
from tasks.stats.ranks import mid_ranks

Counts = NDArray[np.int64]
Reals = NDArray[np.float64]


def rank_shifts(tonight: Counts, batches: Counts, season: Season | None = None) -> tuple[NightShift, NightShift] | None:
    """Shift of location and of spread of a numeric feature, in mid-ranks u of the pooled reference.

    Location is the mean of u minus its reference, that is P(tonight > reference) - 1/2; spread is the mean of |2u - 1|
    minus its reference (STATISTICS.md, section 2). Both are 0 for an unmoved feature.

    Args:
        tonight: rows by bin, shape (B,).
        batches: rows by bin of each reference batch, shape (batches, B).
        season: weekdays of the batches; None for none.

    Returns:
        Location and spread, or None when tonight or the reference has no value at all.
    """
    rows = batches.sum(axis=1)
    if tonight.sum() == 0 or rows.sum() == 0:
        return None
    u = mid_ranks(batches.sum(axis=0))
    return score_shift(tonight, batches, u, season), score_shift(tonight, batches, np.abs(2 * u - 1), season)


def score_shift(tonight: Counts, batches: Counts, score: Reals, season: Season | None = None) -> NightShift:
    """Shift of the mean of a score that is constant within a bin.

    Args:
        tonight: rows by bin, shape (B,), at least one row.
        batches: rows by bin of each reference batch, shape (batches, B), at least one row in all.
        score: score of each bin, shape (B,).
        season: weekdays of the batches; None for none.
    """
    kept = batches.sum(axis=1) > 0
    used = batches[kept]
    rows = used.sum(axis=1).astype(np.float64)
    days = season.of(kept) if season else None
    within = _variance(score, used.sum(axis=0))
    # A night that has moved may also have another variance; the larger of the two keeps the interval honest.
    own = max(within, _variance(score, tonight))
    mean = float(tonight @ score) / int(tonight.sum())
    return night_shift(mean, int(tonight.sum()), own, Batches(used @ score / rows, rows), within, days)


def share_shift(tonight: int, n: int, batches: Counts, rows: Counts, season: Season | None = None) -> NightShift:
    """Shift of a share of rows: missing values, one level of a category.

    Args:
        tonight: rows tonight that count.
        n: rows tonight, at least 1.
        batches: rows that count in each reference batch, shape (batches,).
        rows: rows of each reference batch, shape (batches,), at least one row in all.
        season: weekdays of the batches; None for none.
    """
    used = rows > 0
    counted, total = batches[used].astype(np.float64), rows[used].astype(np.float64)
    within = smoothed_variance(float(counted.sum()), float(total.sum()))
    own = max(within, smoothed_variance(tonight, n))
    days = season.of(used) if season else None
    return night_shift(tonight / n, n, own, Batches(counted / total, total), within, days)


@dataclass(frozen=True, slots=True)
class LevelShift:
    """The level of a category whose share moved most, and how far all of them moved together.

    Attributes:
        level: index of the bin.
        shift: move of its share.
        total_variation: half of the sum of absolute moves over all levels; noise alone makes it larger than 0.
    """

    level: int
    shift: NightShift
    total_variation: float


def level_shift(tonight: Counts, batches: Counts, season: Season | None = None) -> LevelShift | None:
    """The largest move of a level's share, 'unseen' among the levels.

    Args:
        tonight: rows by level, shape (B,).
        batches: rows by level of each reference batch, shape (batches, B).
        season: weekdays of the batches; None for none.

    Returns:
        The move, or None when tonight or the reference has no value at all.
    """
    n, rows = int(tonight.sum()), batches.sum(axis=1)
    if n == 0 or rows.sum() == 0:
        return None
    gaps = tonight / n - batches.sum(axis=0) / rows.sum()
    shifts = [share_shift(int(tonight[level]), n, batches[:, level], rows, season) for level in range(len(tonight))]
    most = max(range(len(shifts)), key=lambda level: abs(shifts[level].value))
    return LevelShift(most, shifts[most], float(np.abs(gaps).sum()) / 2)


def _variance(score: Reals, counts: Counts) -> float:
    n = int(counts.sum())
    mean = float(counts @ score) / n
    return float(counts @ (score - mean) ** 2) / n
