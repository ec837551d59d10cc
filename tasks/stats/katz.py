"""Ratio of two shares, by the logarithm."""

from __future__ import annotations

from math import exp, log, sqrt

from tasks.evidence.interval import Interval
from tasks.stats.estimate import two_sided_quantile


def ratio_interval(first: int, first_n: int, second: int, second_n: int, level: float) -> Interval:
    """Interval of the ratio of two independent shares, first over second.

    Katz, Baptista, Azen & Pike (1978), Biometrics 34: the logarithm of the ratio is about normal. A share of 0 has no
    logarithm and one of 1 no error, so half a row is then added to either side of both (Haldane 1956, Annals of Human
    Genetics 20); with none in the first sample the lower end is 0.

    Args:
        first: rows that count in the first sample.
        first_n: rows of the first sample, at least 1.
        second: rows that count in the second sample, at least 1: a ratio to nothing is none.
        second_n: rows of the second sample.
        level: coverage in (0, 1).

    Raises:
        ValueError: the counts are impossible.
    """
    if not (0 <= first <= first_n and 1 <= second <= second_n and first_n >= 1):
        raise ValueError(f"expected counts within their rows, got {first} of {first_n} over {second} of {second_n}")
    added = 0.5 if first in (0, first_n) or second == second_n else 0.0
    p, p_rows, q, q_rows = first + added, first_n + 2 * added, second + added, second_n + 2 * added
    half = two_sided_quantile(1 - level) * sqrt(1 / p - 1 / p_rows + 1 / q - 1 / q_rows)
    ratio = (first / first_n) / (second / second_n)
    centre = log(p / p_rows) - log(q / q_rows)
    low, high = exp(centre - half), exp(centre + half)
    return Interval(low=0.0 if first == 0 else min(ratio, low), high=max(ratio, high), level=level)
