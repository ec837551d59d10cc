"""Banks on histograms: the e-detector over row scores that a profile's histograms give the nightly means of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.profile import Counts, Profile, merge_all
from tasks.stats.bin_streams import BinScore, both_ways, measure, variances
from tasks.stats.e_bank import Bank, Measured, Part, bet_on_means
from tasks.stats.reference_nights import expect, weekday_of

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BankLimits:
    """What a policy says of a bank.

    Attributes:
        budget: false alarms a year.
        minimum_rows: rows of a night below which it is not judged.
        batch_effect: standard deviations of a row score by which batches differ by themselves, assumed where the
            reference has fewer than 28 of them.
    """

    budget: float
    minimum_rows: int
    batch_effect: float


def histogram_bank(
    batches: Sequence[Profile],
    histograms: Callable[[Profile], Sequence[Counts]],
    scores: Sequence[BinScore],
    tolerances: Reals,
    facts: MonitorFacts,
    limits: BankLimits,
) -> Bank | None:
    """Watch every score both ways.

    Args:
        batches: the reference, in order of time.
        histograms: which histograms of a profile the scores are of.
        scores: the scores, K of them; those of histograms that are empty in the reference are left out.
        tolerances: moves of their means that do not matter, (K,).
        facts: what else is known.
        limits: what the policy says.

    Returns:
        The bank; None when the reference has no row in any of the histograms.
    """
    batches = tuple(batch for batch in batches if batch.rows > 0)
    if not batches:
        return None
    pooled = histograms(merge_all(batches))
    kept = np.array([pooled[score.histogram].sum() > 0 for score in scores], dtype=bool)
    if not kept.any():
        return None
    watched = tuple(score for score, keep in zip(scores, kept, strict=True) if keep)
    tolerated = tolerances[kept]

    def any_size(night: WatchedNight) -> Measured:
        return Measured(*measure(watched, histograms(night.tonight)), weekday_of(night.tonight, facts))

    def large_enough(night: WatchedNight) -> Measured | None:
        return any_size(night) if night.tonight.rows >= limits.minimum_rows else None

    # A score that never varied in the reference, an unseen level, has the variance of a share at its tolerance.
    within = np.maximum(variances(watched, pooled), tolerated * (1 - tolerated))
    declared = limits.batch_effect**2 * within
    expected = expect(batches, any_size, within, 2 * len(watched), declared)
    streams = both_ways(watched, measure(watched, pooled)[0], tolerated)
    return Bank((Part(streams, expected, large_enough, bet_on_means),), limits.budget, facts.nights_a_year)
