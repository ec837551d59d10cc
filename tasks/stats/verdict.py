"""Verdicts: an interval against a limit. Only an interval that lies wholly on the right side passes."""

from __future__ import annotations

from tasks.evidence.finding import Outcome
from tasks.evidence.interval import Interval


def against_minimum(interval: Interval, minimum: float) -> Outcome:
    """Pass when all of it is at or above the minimum, fail when all of it is below, else inconclusive."""
    if interval.low >= minimum:
        return Outcome.PASS
    return Outcome.FAIL if interval.high < minimum else Outcome.INCONCLUSIVE


def against_maximum(interval: Interval, maximum: float) -> Outcome:
    """Pass when all of it is at or below the maximum, fail when all of it is above, else inconclusive."""
    if interval.high <= maximum:
        return Outcome.PASS
    return Outcome.FAIL if interval.low > maximum else Outcome.INCONCLUSIVE


def against_range(interval: Interval, low: float, high: float) -> Outcome:
    """Pass when all of it is inside the range, fail when all of it is outside, else inconclusive."""
    if interval.low >= low and interval.high <= high:
        return Outcome.PASS
    return Outcome.FAIL if interval.high < low or interval.low > high else Outcome.INCONCLUSIVE
