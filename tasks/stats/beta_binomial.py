"""Rates of groups drawn towards that of all: what is known of a group that is too small to speak for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from tasks.evidence.interval import Interval
from tasks.stats.group_rates import Count


@dataclass(frozen=True, slots=True)
class ShrunkRate:
    """A group's rate, between its own share and that of all groups.

    Attributes:
        value: posterior mean.
        interval: central posterior (credible) interval.
    """

    value: float
    interval: Interval


def shrunk_rates(counts: Sequence[Count], level: float) -> tuple[ShrunkRate, ...]:
    """Empirical Bayes rates under a beta-binomial model.

    The rates of the groups are taken as draws from a beta distribution whose mean is the overall share and whose
    variance is estimated by moments (Kleinman 1973, JASA 68): the more the groups differ beyond what their rows
    explain, the less each is drawn. A group without rows gets the overall share. What all groups have in common never
    counts for more rows than there are, for a handful of groups that look alike do not prove that they are.

    Args:
        counts: the groups' counts; some group has rows.
        level: of the intervals, in (0, 1).

    Returns:
        One a group, in their order.

    Raises:
        ValueError: there are no rows at all.
    """
    k = np.array([count.counted for count in counts], dtype=np.float64)
    n = np.array([count.n for count in counts], dtype=np.float64)
    total = float(n.sum())
    if total < 1:
        raise ValueError("expected groups with rows, got none; there is nothing to draw towards")
    mean = (float(k.sum()) + 0.5) / (total + 1)
    weight = _prior_rows(k[n > 0], n[n > 0], mean, total)
    a, b = mean * weight + k, (1 - mean) * weight + n - k
    low, high = betaincinv(a, b, (1 - level) / 2), betaincinv(a, b, (1 + level) / 2)
    ends = zip((a / (a + b)).tolist(), low.tolist(), high.tolist(), strict=True)
    return tuple(ShrunkRate(value, Interval(low=down, high=up, level=level)) for value, down, up in ends)


def _prior_rows(
    k: np.ndarray[tuple[int], np.dtype[np.float64]],
    n: np.ndarray[tuple[int], np.dtype[np.float64]],
    mean: float,
    total: float,
) -> float:
    """How many rows the common rate counts for: (1 - rho) / rho, rho the correlation of two rows of one group."""
    freedom = len(n) - 1
    spread = float((n * (k / n - mean) ** 2).sum()) / (mean * (1 - mean)) - freedom
    room = total - float((n**2).sum()) / total - freedom
    correlation = spread / room if room > 0 else 0.0
    return total if correlation <= 1 / (1 + total) else max((1 - correlation) / correlation, 1e-3)
