"""Confident learning: labels that contradict the model's scores, counted from score bins.

Northcutt, Jiang & Chuang (2021), JAIR 70: a label is suspect when the score for the other label is at least as high as
it is, on average, among the rows that truly carry that other label.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.profile import Profile
from tasks.stats.confusion import mean_scores
from tasks.stats.estimate import Estimate
from tasks.stats.proportions import smoothed_variance


@dataclass(frozen=True, slots=True)
class SuspectZones:
    """Where a label is suspect. No bin is in both.

    Attributes:
        low: bins whose score is so low that a label of 1 is suspect, shape (S,).
        high: bins whose score is so high that a label of 0 is suspect, shape (S,).
    """

    low: NDArray[np.bool_]
    high: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Suspects:
    """Suspect labels of a profile.

    Attributes:
        observed: share of the labels that are suspect.
        expected: the share that calibrated scores expect by themselves: a rare outcome is no wrong label.
        excess: observed minus expected, with its error.
    """

    observed: float
    expected: float
    excess: Estimate


def suspect_zones(reference: Profile) -> SuspectZones | None:
    """The two zones, fixed by the labelled rows of a reference.

    t1 is the mean score of the rows labelled 1, t0 the mean of 1 - score over the rows labelled 0. A label of 1 is
    suspect where 1 - score >= t0, a label of 0 where score >= t1. Every row counts at the mean score of its bin.

    Returns:
        The zones; None when a label is absent, or when scores are no higher where the label is 1: then they contradict
        nothing.
    """
    positives, negatives = reference.positives[0], reference.negatives[0]
    cuts = np.array([0.0, *reference.binning.score_cuts, 1.0])
    # A bin that the reference never filled lies between its neighbours.
    means = mean_scores(reference)
    return zones_of(positives, negatives, np.where(positives + negatives > 0, means, (cuts[:-1] + cuts[1:]) / 2))


def zones_of(
    positives: NDArray[np.int64], negatives: NDArray[np.int64], scores: NDArray[np.float64]
) -> SuspectZones | None:
    """The same from counts, each bin at one score.

    Args:
        positives: rows with label 1, shape (S,).
        negatives: rows with label 0, shape (S,).
        scores: score of each bin, in [0, 1], shape (S,).
    """
    if positives.sum() == 0 or negatives.sum() == 0:
        return None
    t1 = float(positives @ scores) / float(positives.sum())
    t0 = float(negatives @ (1 - scores)) / float(negatives.sum())
    return SuspectZones(low=1 - scores >= t0, high=scores >= t1) if t1 > 1 - t0 else None


def suspects(profile: Profile, zones: SuspectZones, group: int = 0) -> Suspects | None:
    """Suspect labels of one group, and how many its scores expect.

    excess = (sum of (y - p) over the low zone + sum of (p - y) over the high zone) / n; 0 under calibrated scores,
    whatever the mix of rows. A flip inside a zone moves it by 1 / n: up where it makes the label suspect, down where it
    mends one. A rise of log-odds moves the two zones against each other, and most of it cancels.

    Args:
        profile: rows of which some have labels.
        zones: from the reference, on the same edges.
        group: index into the binning's groups; 0 is every row.

    Returns:
        The shares, or None without a label.
    """
    positives, negatives = profile.positives[group], profile.negatives[group]
    counts, totals = positives + negatives, profile.labelled_score_totals[group]
    n = int(counts.sum())
    if n == 0:
        return None
    low, high = zones.low, zones.high
    observed = float(positives[low].sum() + negatives[high].sum()) / n
    expected = float(totals[low].sum() + (counts - totals)[high].sum()) / n
    variance = _variance(positives[low], counts[low]) + _variance(negatives[high], counts[high])
    return Suspects(observed, expected, Estimate(observed - expected, sqrt(variance) / n, n))


def _variance(suspect: NDArray[np.int64], counts: NDArray[np.int64]) -> float:
    """Variance of the number of suspect labels of a zone, every row at the zone's share: never too small."""
    n = float(counts.sum())
    return n * smoothed_variance(float(suspect.sum()), n)
