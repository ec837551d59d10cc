"""Reference nights: what a monitor's statistics were on each night of the reference, and what to expect of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.profile import Profile
from tasks.stats.e_bank import Measured
from tasks.stats.stream_reference import StreamReference, fit_reference

Reals = NDArray[np.float64]

#: A reference night stands for itself in both roles: its labels had all matured when it was profiled.
NightMeasure = Callable[[WatchedNight], Measured | None]

_ANY_DAY = date(2000, 1, 1)


def weekday_of(profile: Profile, facts: MonitorFacts) -> int | None:
    """Weekday of a batch, that of its newest event; None where batches are not days, or the batch is empty."""
    if not facts.daily or profile.last_event is None:
        return None
    return profile.last_event.date().weekday()


def expect(
    reference: Sequence[Profile], measure: NightMeasure, within: Reals, comparisons: int, declared_between: Reals
) -> StreamReference:
    """Fit what to expect of each statistic.

    Args:
        reference: the reference's batches in order of time, at least one that can be measured.
        measure: the statistics of a night, K of them.
        within: variance of one row of each, (K,), above 0.
        comparisons: streams that share the chance that the reference misleads.
        declared_between: variance of a night's true mean to assume where nights are too few to tell, (K,).
    """
    measured = [night for batch in reference if (night := measure(as_night(batch))) is not None]
    weekdays = [night.weekday for night in measured]
    known = [day for day in weekdays if day is not None]
    return fit_reference(
        np.stack([night.mean for night in measured]),
        np.stack([night.rows for night in measured]),
        within,
        np.array(known, dtype=np.int64) if len(known) == len(weekdays) else None,
        comparisons=comparisons,
        declared_between=declared_between,
    )


def as_night(batch: Profile) -> WatchedNight:
    """A reference batch as a night; its date does not matter."""
    return WatchedNight(batch.last_event.date() if batch.last_event else _ANY_DAY, batch, batch)
