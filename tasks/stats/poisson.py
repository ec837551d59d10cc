"""Exact interval for a rate of rare events."""

from __future__ import annotations

from scipy.special import chdtri

from tasks.evidence.interval import Interval


def poisson_rate(events: int, exposure: float, level: float = 0.95) -> Interval:
    """Interval for a Poisson rate: [chi2(a/2; 2k) / 2, chi2(1 - a/2; 2k + 2) / 2] / exposure.

    It covers the true rate with at least the level, whatever it is; no event at all gives [0, 3.69 / exposure] at 95%.
    Source: Garwood, Fiducial limits for the Poisson distribution, Biometrika 28 (1936).

    Args:
        events: k, at least 0.
        exposure: what the rate is per, above 0.
        level: coverage, in (0, 1).

    Raises:
        ValueError: a negative count, or nothing that was looked at.
    """
    if events < 0 or not exposure > 0:
        raise ValueError(f"expected a count of at least 0 over something above 0, got {events} over {exposure}")
    tail = (1 - level) / 2
    # chdtri gives the value with so much above it.
    low = float(chdtri(2 * events, 1 - tail)) / 2 if events else 0.0
    high = float(chdtri(2 * events + 2, tail)) / 2
    return Interval(low=low / exposure, high=high / exposure, level=level)
