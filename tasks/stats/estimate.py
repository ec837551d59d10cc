"""Estimate: a value with its standard error, and the normal interval around it."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import ndtri

from tasks.evidence.interval import Interval


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate whose error is about normal.

    Attributes:
        value: the estimate.
        standard_error: of the estimate, in the same unit, at least 0.
        n: rows it rests on.
    """

    value: float
    standard_error: float
    n: int

    def interval(self, level: float, *, low: float | None = None, high: float | None = None) -> Interval:
        """The two-sided normal (Wald) interval, cut to the range that is possible.

        Args:
            level: coverage in (0, 1).
            low: smallest possible value; the interval does not go below it.
            high: largest possible value.
        """
        half = two_sided_quantile(1 - level) * self.standard_error
        bottom, top = self.value - half, self.value + half
        if low is not None:
            bottom, top = max(bottom, low), max(top, low)
        if high is not None:
            bottom, top = min(bottom, high), min(top, high)
        return Interval(low=bottom, high=top, level=level)


def difference(first: Estimate, second: Estimate) -> Estimate:
    """`first - second` of two estimates on different rows: the variances add.

    On rows that overlap, two estimates of one kind go up and down together; the sum then overstates the error,
    and an interval made from it is too wide, never too narrow.
    """
    error = (first.standard_error**2 + second.standard_error**2) ** 0.5
    return Estimate(first.value - second.value, error, min(first.n, second.n))


def two_sided_quantile(alpha: float, comparisons: int = 1) -> float:
    """Standard normal quantile for `comparisons` two-sided intervals that together miss with chance `alpha` at most.

    Bonferroni: each interval gets alpha / comparisons, whatever the dependence between them (Dunn 1961, JASA 56).

    Args:
        alpha: chance in (0, 1) that any interval misses.
        comparisons: number of intervals, at least 1.

    Raises:
        ValueError: an argument is out of range.
    """
    return one_sided_quantile(alpha / 2, comparisons)


def one_sided_quantile(alpha: float, comparisons: int = 1) -> float:
    """The same for one-sided bounds.

    Raises:
        ValueError: an argument is out of range.
    """
    if not 0 < alpha < 1 or comparisons < 1:
        raise ValueError(f"expected 0 < alpha < 1 and at least 1 comparison, got {alpha} and {comparisons}")
    return float(-ndtri(alpha / comparisons))
