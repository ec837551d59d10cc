"""Intervals of a difference made from the intervals of its two parts."""

from __future__ import annotations

from math import hypot

from tasks.evidence.interval import Interval


def mover_difference(first: float, first_interval: Interval, second: float, second_interval: Interval) -> Interval:
    """Interval of first minus second, for two estimates on different rows.

    Zou & Donner (2008), Statistics in Medicine 27: the method of variance estimates recovery. Each end takes the error
    from that end of the two intervals which is relevant to it, so that skew is kept; no variance is asked for.

    Args:
        first: the first estimate, inside its interval.
        first_interval: of the first estimate.
        second: the second estimate, inside its interval.
        second_interval: of the second estimate, at the same level.

    Raises:
        ValueError: the levels differ, so that the result would have none.
    """
    if first_interval.level != second_interval.level:
        raise ValueError(f"expected two intervals of one level, got {first_interval.level} and {second_interval.level}")
    gap = first - second
    return Interval(
        low=gap - hypot(first - first_interval.low, second_interval.high - second),
        high=gap + hypot(first_interval.high - first, second - second_interval.low),
        level=first_interval.level,
    )
