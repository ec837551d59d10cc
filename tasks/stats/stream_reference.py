"""What a reference of many nights leads one to expect of each stream, and how well it can tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri, fdtrc

from tasks.stats.estimate import one_sided_quantile

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]

#: Fewer nights than this cannot tell how nights vary: what is declared then counts as well.
FEWEST_NIGHTS = 28
#: Weekday means take so many whole weeks; one night of each weekday may be missing.
WEEKS = 8

#: Weekdays are told apart where an F test says so with this chance of error over all streams.
_SEASON_CHANCE = 0.01
#: The night-to-night variance is taken at the upper end of what the reference allows with this chance to be more.
_UPPER_CHANCE = 0.2
#: Squares of residuals below this share of those of the means are rounding.
_ROUNDING = 1e-24
#: Lags of the long-run variance (Bartlett weights): a week.
_LAGS = 7
#: Below this lag-1 correlation nights count as independent; above it the long-run factor, itself estimated, is raised.
_CORRELATED, _RAISE = 0.1, 1.25


@dataclass(frozen=True, slots=True)
class StreamReference:
    """The reference of S streams.

    Attributes:
        overall: mean over the reference's nights, shape (S,); NaN where no night has rows.
        weekday_means: mean to expect by weekday (0 is Monday), shape (7, S): `overall` where the stream has no season,
            NaN where it has one and the weekday was never seen.
        seasonal: whether weekdays differ, shape (S,).
        between: variance of a night's true mean about what is expected, upper bound, shape (S,).
        within: variance of one row, as given, shape (S,).
        error: standard error of the expected mean, in the unit of the score, shape (S,).
        margin: how far the expected mean may be from the truth: z standard errors, shape (S,).
        kappa: long-run variance of night means over their variance, at least 1; 1 where nights are independent. One for
            all streams; by stream, shape (S,), where each was fitted alone.
        batches: nights that have rows, shape (S,).
    """

    overall: Reals
    weekday_means: Reals
    seasonal: Flags
    between: Reals
    within: Reals
    error: Reals
    margin: Reals
    kappa: float | Reals
    batches: Counts

    def expected(self, weekday: int | None) -> Reals:
        """Mean to expect on a night, shape (S,); NaN where the reference cannot tell, which is not 'unmoved'.

        Args:
            weekday: 0 (Monday) to 6 (Sunday); None where a night has none, as one without rows: NaN for every stream
                with a season.

        Raises:
            ValueError: a weekday that does not exist.
        """
        if weekday is None:
            return np.where(self.seasonal, np.nan, self.overall)
        if not 0 <= weekday <= 6:
            raise ValueError(f"expected a weekday from 0 (Monday) to 6 (Sunday), or None; got {weekday}")
        means: Reals = self.weekday_means[weekday]
        return means


@dataclass(frozen=True, slots=True)
class _Nights:
    """Reference nights, those without rows with weight 0.

    Attributes:
        means: shape (D, S), 0 where there are no rows.
        variance: of the mean from sampling rows, shape (D, S), 0 where there are no rows.
        weights: shape (D, S), with a mean of 1 over the nights that have rows.
        days: one row a weekday, 1 where the night is one, shape (7, D).
    """

    means: Reals
    variance: Reals
    weights: Reals
    days: Reals

    @property
    def seen(self) -> Reals:
        """1 where a night has rows, shape (D, S)."""
        return (self.weights > 0).astype(np.float64)

    def mean(self) -> Reals:
        """Weighted mean over all nights, shape (S,); NaN without any."""
        return _ratio((self.weights * self.means).sum(axis=0), self.weights.sum(axis=0))

    def day_means(self) -> Reals:
        """Weighted mean by weekday, shape (7, S); NaN without any."""
        return _ratio(self.days @ (self.weights * self.means), self.days @ self.weights)

    def residuals(self, seasonal: Flags) -> Reals:
        """Night means less what was to be expected, 0 where there are no rows, shape (D, S)."""
        fitted = np.where(seasonal, self.days.T @ np.nan_to_num(self.day_means()), self.mean())
        return np.where(self.weights > 0, self.means - fitted, 0.0)

    def loss(self, amounts: Reals, seasonal: Flags) -> Reals:
        """Expected weighted squares of the residuals when a night's mean has the variance `amounts`, shape (S,)."""
        used = self.weights**2 * amounts
        own = _ratio(self.days @ used, self.days @ self.weights)
        lost = np.where(seasonal, np.nan_to_num(own).sum(axis=0), _ratio(used.sum(axis=0), self.weights.sum(axis=0)))
        expected: Reals = (self.weights * amounts).sum(axis=0) - lost
        return expected


def fit_reference(
    means: Reals,
    rows: Reals,
    within: Reals,
    weekdays: NDArray[np.int64] | None,
    *,
    comparisons: int,
    level: float = 0.05,
    declared_between: ArrayLike = 0.0,
    alone: bool = False,
) -> StreamReference:
    """Learn from the reference's nights what to expect of each stream (STATISTICS.md, section 1).

    - Weekday means only where an F test gives p < .01 / S, with at least 8 weeks (one night of each weekday may miss).
    - Between nights: the squares of the residuals at the upper end of their chi-squared interval (chance .2), times
      kappa, less what sampling rows explains; at least 0.
    - kappa = 1.25 x the long-run factor with Bartlett weights over 7 lags (Newey & West 1987, Econometrica 55), pooled
      over streams, where the lag-1 correlation exceeds .1; else 1.
    - Margin: z(level / comparisons) standard errors of the expected mean (of the least known weekday). Without it a
      test against a fixed reference alarms by itself.

    Nights of unequal rows are weighted by the inverse of their variance, sampling and between together, so that a night
    of few rows neither moves the mean nor blurs the variance. With equal rows every night counts the same. With fewer
    than 28 nights the variance between nights is the larger of the bound and `declared_between`, in the margin too:
    so few nights cannot tell. One night says nothing about it; then it is `declared_between` alone.

    Args:
        means: mean of each stream a night, nights in the order of time, shape (D, S); NaN without rows.
        rows: rows behind each, shape (D, S).
        within: variance of one row, shape (S,).
        weekdays: 0 (Monday) to 6 of each night, shape (D,); None where nights have none.
        comparisons: streams and directions that share the level, at least 1.
        level: chance in (0, 1) that the margin is too small for any of them.
        declared_between: variance of a night's true mean to assume when the nights are few, shape (S,) or one number.
        alone: fit each stream as if it were the only one: no share of the chance of a season, a kappa of its own.

    Returns:
        The reference. A stream that no night has rows for is NaN with 0 batches: it cannot be judged.

    Raises:
        ValueError: there is no night, shapes differ, or a variance is negative or NaN.
    """
    declared = np.broadcast_to(np.asarray(declared_between, dtype=np.float64), within.shape)
    _refuse_impossible(means, rows, within, declared)
    nights = _weighted(means, rows, within, weekdays)
    batches = nights.seen.sum(axis=0)
    few = batches < FEWEST_NIGHTS
    seasonal = _seasonal(nights, 1 if alone else len(within))
    residuals = nights.residuals(seasonal)
    if alone:
        kappa: float | Reals = np.where(few, 1.0, _long_run_factors(residuals, batches))
    else:
        kappa = 1.0 if few.all() else _long_run_factor(residuals[:, ~few], batches[~few])
    estimate, bound = _between(nights, residuals, seasonal, kappa)
    between = np.where(few, np.maximum(bound, declared), bound)
    error = np.sqrt(kappa * _mean_variance(nights, np.where(few, between, estimate), seasonal))
    return StreamReference(
        overall=nights.mean(),
        weekday_means=np.where(seasonal, nights.day_means(), nights.mean()),
        seasonal=seasonal,
        between=np.where(batches > 0, between, np.nan),
        within=within,
        error=error,
        margin=one_sided_quantile(level, comparisons) * error,
        kappa=kappa,
        batches=batches.astype(np.int64),
    )


def _refuse_impossible(means: Reals, rows: Reals, within: Reals, declared: Reals) -> None:
    if means.ndim != 2 or not len(means) or rows.shape != means.shape or within.shape != means.shape[1:]:
        raise ValueError(
            "expected means and rows of one shape (nights, streams) with at least one night, and within of shape "
            f"(streams,); got {means.shape}, {rows.shape} and {within.shape}"
        )
    if not ((within >= 0) & (declared >= 0)).all():
        raise ValueError("expected variances of at least 0, within a night and declared between nights")


def _weighted(means: Reals, rows: Reals, within: Reals, weekdays: NDArray[np.int64] | None) -> _Nights:
    seen = np.isfinite(means) & (rows > 0)
    days = np.zeros((7, len(means)))
    days[np.zeros(len(means), dtype=np.int64) if weekdays is None else weekdays, np.arange(len(means))] = 1.0
    sampling = np.where(seen, within / np.where(seen, rows, 1.0), 0.0)
    # First by rows; then, with a first estimate of the variance between nights, by the inverse of the whole variance.
    first = _Nights(np.where(seen, means, 0.0), sampling, _of_mean_one(np.where(seen, rows, 0.0)), days)
    nowhere = np.zeros(means.shape[1], dtype=np.bool_)
    start = _between(first, first.residuals(nowhere), nowhere, 1.0)[0]
    whole = sampling + start
    weights = np.where(seen & (whole > 0), 1.0 / np.where(whole > 0, whole, 1.0), first.seen)
    return _Nights(first.means, sampling, _of_mean_one(weights), days)


def _of_mean_one(weights: Reals) -> Reals:
    return np.nan_to_num(weights * _ratio((weights > 0).sum(axis=0), weights.sum(axis=0)))


def _between(nights: _Nights, residuals: Reals, seasonal: Flags, kappa: float | Reals) -> tuple[Reals, Reals]:
    """Variance between nights, as estimated and as bounded from above, shape (S,): 0 where one night cannot tell.

    Weighted squares of residuals have the expectation a x between + b; a and b follow from weights and sampling alone.
    """
    squares = (nights.weights * residuals**2).sum(axis=0)
    sampled, nightly = nights.loss(nights.variance, seasonal), nights.loss(nights.seen, seasonal)
    degrees = np.maximum(_degrees(nights, seasonal), 1.0)
    # chdtri gives the upper tail: the lower quantile at the chance is its value at one minus it.
    highest = kappa * np.maximum(squares * degrees / chdtri(degrees, 1 - _UPPER_CHANCE), sampled)
    divisor = np.where(nightly > 1e-9, nightly, np.inf)
    return np.maximum(squares - sampled, 0.0) / divisor, np.maximum(highest - sampled, 0.0) / divisor


def _degrees(nights: _Nights, seasonal: Flags) -> Reals:
    days = ((nights.days @ nights.seen) > 0).sum(axis=0)
    return np.asarray(nights.seen.sum(axis=0) - np.where(seasonal, days, 1), dtype=np.float64)


def _mean_variance(nights: _Nights, between: Reals, seasonal: Flags) -> Reals:
    """Variance of the expected mean, of the least known weekday where there is a season; NaN without nights."""
    used = nights.weights**2 * (nights.variance + between)
    overall = _ratio(used.sum(axis=0), nights.weights.sum(axis=0) ** 2)
    by_day = np.nan_to_num(_ratio(nights.days @ used, (nights.days @ nights.weights) ** 2)).max(axis=0)
    return np.where(seasonal, by_day, overall)


def _seasonal(nights: _Nights, streams: int) -> Flags:
    """One-way analysis of variance over weekdays (Fisher 1925), for each stream."""
    counts = nights.days @ nights.seen
    days = (counts > 0).sum(axis=0)
    often = np.where(counts > 0, counts, np.inf).min(axis=0) >= WEEKS - 1
    nowhere, everywhere = np.zeros_like(often), np.ones_like(often)
    total = (nights.weights * nights.residuals(nowhere) ** 2).sum(axis=0)
    left = (nights.weights * nights.residuals(everywhere) ** 2).sum(axis=0)
    # Nights that are all equal differ by rounding alone, and no ratio of roundings is a season.
    varies = total > _ROUNDING * (nights.weights * nights.means**2).sum(axis=0)
    possible = often & (counts.max(axis=0) >= WEEKS) & (days > 1) & varies
    groups, degrees = np.maximum(days - 1.0, 1.0), np.maximum(_degrees(nights, everywhere), 1.0)
    ratio = np.maximum(total - left, 0.0) / groups / np.maximum(left / degrees, np.finfo(np.float64).tiny)
    flags: Flags = possible & (fdtrc(groups, degrees, ratio) < _SEASON_CHANCE / streams)
    return flags


def _long_run_factor(residuals: Reals, batches: Reals) -> float:
    """One factor for all streams that vary, from their mean correlations."""
    varies = (residuals**2).sum(axis=0) > 0
    if not varies.any():
        return 1.0
    return float(_factor(_correlations(residuals[:, varies], batches[varies]).mean(axis=1, keepdims=True))[0])


def _long_run_factors(residuals: Reals, batches: Reals) -> Reals:
    """A factor for each stream, shape (S,); 1 where it never varied."""
    return _factor(np.nan_to_num(_correlations(residuals, batches)))


def _correlations(residuals: Reals, batches: Reals) -> Reals:
    """At 1 to 7 lags, shape (7, S); NaN for a stream that never varied."""
    squares = (residuals**2).sum(axis=0)
    # The residuals' own mean is taken off them, which lowers every correlation by about 1 / nights.
    found = [
        _ratio((residuals[lag:] * residuals[:-lag]).sum(axis=0), squares) + 1 / np.maximum(batches, 1)
        for lag in range(1, _LAGS + 1)
    ]
    return np.stack(found)


def _factor(correlations: Reals) -> Reals:
    bartlett = 1 - np.arange(1, _LAGS + 1) / (_LAGS + 1)
    raised = np.maximum(1.0, _RAISE * (1 + 2 * bartlett @ correlations))
    return np.where(correlations[0] <= _CORRELATED, 1.0, raised)


def _ratio(numerator: ArrayLike, denominator: ArrayLike) -> Reals:
    """Quotient, NaN where there is nothing to divide by."""
    top, bottom = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    empty = np.full(np.broadcast_shapes(top.shape, bottom.shape), np.nan)
    quotient: Reals = np.divide(top, bottom, out=empty, where=bottom > 0)
    return quotient
