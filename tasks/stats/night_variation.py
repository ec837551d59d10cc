"""Tonight's mean against a reference of many nights, with the night-to-night variation that the reference shows."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, fdtrc

from tasks.evidence.season import WEEKS, Season

Reals = NDArray[np.float64]

#: The night-to-night variance is taken at the upper end of what the reference allows with this chance to be more.
UPPER_CHANCE = 0.2


@dataclass(frozen=True, slots=True)
class Batches:
    """Batches of a reference as seen by one row score.

    Attributes:
        means: mean of the score a batch, shape (B,), B >= 1.
        rows: rows of each batch, shape (B,), all at least 1.
    """

    means: Reals
    rows: Reals

    def of(self, chosen: NDArray[np.bool_]) -> Batches:
        """Some of the batches."""
        return Batches(self.means[chosen], self.rows[chosen])


@dataclass(frozen=True, slots=True)
class NightShift:
    """How far tonight's mean of a row score lies from the reference's.

    Attributes:
        value: tonight's mean minus the reference's.
        within: variance of one row tonight.
        between: variance of a night's true mean (upper bound); 0 when the reference is one batch and cannot tell.
        reference_variance: variance of the reference's mean.
        n: rows tonight, at least 1.
        batches: batches of the reference that tonight was compared with.
    """

    value: float
    within: float
    between: float
    reference_variance: float
    n: int
    batches: int

    @property
    def standard_error(self) -> float:
        """Of the difference between tonight and the reference."""
        return sqrt(self.within / self.n + self.between + self.reference_variance)

    def rows_needed(self, half_width: float, quantile: float) -> int | None:
        """Rows a night for which `quantile` standard errors are `half_width`; None when no number of rows would do."""
        left = (half_width / quantile) ** 2 - self.between - self.reference_variance
        return ceil(self.within / left) if left > 0 else None


def night_shift(
    mean: float, n: int, within: float, batches: Batches, reference_within: float, season: Season | None = None
) -> NightShift:
    """Compare tonight's mean with the batches of a reference.

    Two sources of error: rows are a sample (within), and nights differ by themselves (between). Ignoring the second is
    why fixed p-values alarm on clean nights (STATISTICS.md, section 1). Where an F test finds that weekdays differ,
    tonight is compared with its own weekday, and only what weekdays leave over counts as between.

    Args:
        mean: tonight's mean of the row score.
        n: rows tonight, at least 1.
        within: variance of one row tonight.
        batches: the reference's batch means and rows.
        reference_within: variance of one row in the reference.
        season: weekdays of the batches; None for none.
    """
    sampling = reference_within * float((1 / batches.rows).mean())
    if season is not None and _is_seasonal(batches.means, season):
        residuals = batches.means - _weekday_means(batches.means, season)
        degrees = len(residuals) - len(np.unique(season.batches))
        between = _upper_bound(float((residuals**2).sum()), degrees, sampling)
        batches = batches.of(season.batches == season.tonight)
    else:
        between = between_variance(batches, reference_within)
    total = float(batches.rows.sum())
    reference = float(batches.means @ batches.rows) / total
    # The reference's own mean is known only so well: its nights are a sample of nights. Batches of unequal size
    # count by their share of the rows.
    effective = total**2 / float((batches.rows**2).sum())
    error = reference_within / total + between / effective
    return NightShift(mean - reference, within, between, error, n, len(batches.means))


def between_variance(batches: Batches, within: float) -> float:
    """Upper bound of the variance between the true means of batches.

    The variance of the batch means, at the upper end of its chi-squared interval, minus what sampling explains; never
    below 0. One batch says nothing about it: 0, and the caller must say so.

    Args:
        batches: the reference's batch means and rows.
        within: variance of one row.
    """
    degrees = len(batches.means) - 1
    if degrees < 1:
        return 0.0
    squares = float(((batches.means - batches.means.mean()) ** 2).sum())
    return _upper_bound(squares, degrees, within * float((1 / batches.rows).mean()))


def _upper_bound(squares: float, degrees: int, sampling: float) -> float:
    observed = max(squares, sampling * degrees)
    # chdtri gives the upper tail: the lower quantile at UPPER_CHANCE is its value at 1 - UPPER_CHANCE.
    return max(0.0, observed / float(chdtri(degrees, 1 - UPPER_CHANCE)) - sampling)


def _weekday_means(means: Reals, season: Season) -> Reals:
    totals = np.bincount(season.batches, means, minlength=7)
    counts = np.bincount(season.batches, minlength=7)
    of_day: Reals = (totals / np.maximum(counts, 1))[season.batches]
    return of_day


def _is_seasonal(means: Reals, season: Season) -> bool:
    """One-way analysis of variance over weekdays (Fisher 1925), where every weekday was seen often enough."""
    counts = np.bincount(season.batches, minlength=7)
    seen = counts > 0
    days, n = int(seen.sum()), len(means)
    if counts[season.tonight] < WEEKS - 1 or days < 2 or n <= days:
        return False
    within = float(((means - _weekday_means(means, season)) ** 2).sum())
    explained = float(((means - means.mean()) ** 2).sum()) - within
    if within <= 0:
        return explained > 0
    ratio = (explained / (days - 1)) / (within / (n - days))
    return float(fdtrc(days - 1, n - days, ratio)) < season.chance
