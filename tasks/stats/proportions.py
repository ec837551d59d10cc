"""Shares of rows: score intervals for one share and for the difference of two."""

from __future__ import annotations

from math import ceil, sqrt

from tasks.evidence.interval import Interval
from tasks.stats.estimate import two_sided_quantile
from tasks.stats.mover import mover_difference


def wilson(successes: int, n: int, level: float) -> Interval:
    """Score interval of a share (Wilson 1927, JASA 22; recommended by Brown, Cai & DasGupta 2001).

    Holds its level for small n and for shares near 0 and 1, where the Wald interval collapses to a point.

    Args:
        successes: rows that count, 0 <= successes <= n.
        n: rows, at least 1.
        level: coverage in (0, 1).

    Raises:
        ValueError: the counts are impossible; a share of no rows has no interval.
    """
    if not 0 <= successes <= n or n < 1:
        raise ValueError(f"expected 0 <= successes <= n and n >= 1, got {successes} of {n}")
    z = two_sided_quantile(1 - level)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At 0 and n the ends are exact; rounding must not push the share itself out of its interval.
    return Interval(low=max(0.0, min(share, centre - half)), high=min(1.0, max(share, centre + half)), level=level)


def newcombe(first: int, first_n: int, second: int, second_n: int, level: float) -> Interval:
    """Hybrid score interval of the difference of two independent shares, first minus second.

    Newcombe (1998), Statistics in Medicine 17, method 10: the square-and-add of two Wilson intervals.

    Args:
        first: rows that count in the first sample.
        first_n: rows of the first sample, at least 1.
        second: rows that count in the second sample.
        second_n: rows of the second sample, at least 1.
        level: coverage in (0, 1).

    Raises:
        ValueError: the counts are impossible.
    """
    one, two = wilson(first, first_n, level), wilson(second, second_n, level)
    gap = mover_difference(first / first_n, one, second / second_n, two)
    return Interval(low=max(-1.0, gap.low), high=min(1.0, gap.high), level=level)


def smoothed_variance(successes: float, n: float) -> float:
    """Variance p(1 - p) of one row, with p drawn towards a half: (successes + 2) / (n + 4).

    Agresti & Coull (1998), The American Statistician 52: with none or all counted, p(1 - p) would be 0 and the
    share would look exactly known.

    Args:
        successes: rows that count.
        n: rows, at least 0.
    """
    share = (successes + 2) / (n + 4)
    return share * (1 - share)


def rows_for_width(n: int, half_width: float, wanted: float) -> int | None:
    """Rows it would take to bring an interval's half width down to `wanted`: it shrinks with the root of the rows.

    Args:
        n: rows now.
        half_width: half width now, at least 0.
        wanted: half width that would tell, above 0; at 0 or below no number of rows would do.

    Returns:
        The rows, or None where no number of rows would do or there are none to extrapolate from.
    """
    if wanted <= 0 or n < 1:
        return None
    return ceil(n * max(1.0, (half_width / wanted) ** 2))
