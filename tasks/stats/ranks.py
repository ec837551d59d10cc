"""Mid-ranks in a reference histogram: the scale on which moves of any numeric feature compare."""

from __future__ import annotations

from math import pi, sqrt, tan

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Reals = NDArray[np.float64]


def mid_ranks(counts: NDArray[np.int64]) -> Reals:
    """Mid-rank of every bin in the reference: share of its rows below the bin, plus half of those inside.

    The mean mid-rank of other rows is P(other > reference) + P(equal) / 2, an AUC; 0.5 means no shift of location
    (Mann & Whitney 1947). A bin that is empty in the reference has the rank of its edge.

    Args:
        counts: reference rows by bin, shape (B,), at least one row.

    Raises:
        ValueError: there is no row to rank in.
    """
    total = counts.sum()
    if total < 1:
        raise ValueError("expected at least one reference row to rank in, got none")
    ranks: Reals = (np.cumsum(counts) - counts / 2) / total
    return ranks


def rank_shift_in_deviations(shift: float) -> float:
    """Standard deviations by which two equal normal distributions differ, from AUC - 0.5.

    AUC = Phi(d / sqrt 2). Cut at 6 standard deviations, where the AUC is 1 to within rounding.
    """
    reach = float(ndtr(6.0 / sqrt(2)))
    return sqrt(2) * float(ndtri(min(max(0.5 + shift, 1 - reach), reach)))


def deviations_in_rank_shift(deviations: float) -> float:
    """AUC - 0.5 of two normal distributions that differ by so many standard deviations."""
    return float(ndtr(deviations / sqrt(2))) - 0.5


def spread_ratio(spread_auc: float) -> float:
    """Ratio of standard deviations of two centred normal distributions, from P(|other| > |reference|).

    For scales r and 1 that probability is (2 / pi) arctan r. Cut at a ratio of 100 and of 1/100.
    """
    return min(max(tan(pi / 2 * min(max(spread_auc, 0.0), 0.9999)), 0.01), 100.0)


def ratio_in_spread_auc(ratio: float) -> float:
    """P(|other| > |reference|) of two centred normal distributions whose deviations have this ratio."""
    return 2 / pi * float(np.arctan(ratio))
