"""Explained fits: the attributions of the same rows under a recipe that is fitted again and again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from tasks.evidence.candidate import Attribute, Refit
from tasks.evidence.frame import Frame
from tasks.evidence.interval import Interval
from tasks.project.errors import DataUnfit

Reals = NDArray[np.float64]
Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Plan:
    """One fit of the recipe; fields as of `evidence.candidate.Refit`."""

    rows: Positions
    seed: int | None = None
    label: NDArray[np.int8] | None = None


def some_positions(count: int, most: int, seed: int) -> Positions:
    """At most so many of the rows, drawn without repeats, in their order.

    Checks that fit the recipe to these, by one seed, fit the same models, so that each is made once.
    """
    return np.sort(np.random.default_rng(seed).permutation(count)[:most])


def some_rows(features: Frame, most: int, seed: int) -> Frame:
    """Rows at `some_positions`, numbered from 0."""
    return features.iloc[some_positions(len(features), most, seed)].reset_index(drop=True)


def resampled(count: int, most: int, rng: np.random.Generator) -> Positions:
    """Rows of a bootstrap fit (Efron 1979): drawn with repeats, as many as there are, but no more than `most`."""
    return rng.integers(0, count, min(count, most)).astype(np.intp)


def explained(attribute: Attribute, features: Frame) -> Reals:
    """Attributions that can be compared, shape (n, F).

    Raises:
        DataUnfit: a value is missing or infinite, or there is not one row of values for each row.
    """
    values = np.asarray(attribute(features), dtype=np.float64)
    if values.shape != (len(features), len(features.columns)) or not np.isfinite(values).all():
        raise DataUnfit(
            f"expected an attribution of each of {len(features.columns)} features for {len(features)} rows, received "
            f"shape {values.shape} with {int((~np.isfinite(values)).sum())} that are no number; mend the explainer"
        )
    return values


def explained_fits(refit: Refit, features: Frame, plans: Iterable[Plan]) -> Reals:
    """Attributions of the same rows under each fit, shape (fits, n, F).

    Raises:
        DataUnfit: the recipe cannot be fitted as planned, or a fit has no comparable attributions.
    """
    fitted = (refit(rows=plan.rows, seed=plan.seed, label=plan.label) for plan in plans)
    return np.stack([explained(model.attribute, features) for model in fitted])


@dataclass(frozen=True, slots=True)
class FitEstimate:
    """A mean over fits of a recipe and over rows.

    Attributes:
        value: the mean.
        fit_error: its standard error as fits vary.
        row_error: its standard error as rows vary.
        fits: number of fits, at least 2.
    """

    value: float
    fit_error: float
    row_error: float
    fits: int

    def interval(self, level: float, low: float, high: float) -> Interval:
        """Student's interval with a degree of freedom less than there are fits, cut to what is possible.

        Both errors add, though what varies between fits holds some of what varies between rows: too wide, if anything.
        """
        quantile = float(t.ppf((1 + level) / 2, self.fits - 1))
        half = quantile * float(np.hypot(self.fit_error, self.row_error))
        bottom, top = self.value - half, self.value + half
        return Interval(low=min(max(bottom, low), high), high=max(min(top, high), low), level=level)


def over_fits(values: Reals) -> FitEstimate:
    """Mean of a figure that every fit has for every row.

    Args:
        values: shape (fits, n), two of each at least; the fits independent, the rows shared.
    """
    fits, n = values.shape
    by_fit, by_row = values.mean(axis=1), values.mean(axis=0)
    errors = float(by_fit.std(ddof=1)) / fits**0.5, float(by_row.std(ddof=1)) / n**0.5
    return FitEstimate(float(values.mean()), *errors, fits)


def over_pairs(pairs: Reals) -> float:
    """Mean of a figure over all pairs of different fits, a U-statistic of order 2 (Hoeffding 1948).

    Args:
        pairs: shape (fits, fits), symmetric; two fits at least.
    """
    fits = len(pairs)
    return float((pairs.sum() - np.trace(pairs)) / (fits * (fits - 1)))


def pairs_error(pairs: Reals) -> float:
    """Standard error of `over_pairs` as fits vary: the jackknife, leaving out a fit at a time (Arvesen 1969).

    Args:
        pairs: shape (fits, fits), symmetric; three fits at least.
    """
    fits = len(pairs)
    alone = pairs.sum(axis=1) - np.diag(pairs)
    total = float(alone.sum())
    without = (total - 2 * alone) / ((fits - 1) * (fits - 2))
    return float((fits - 1) ** 0.5 * without.std())
