"""Season: which weekday each batch is of, so that a Monday is compared with Mondays where that matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.profile import Profile

#: Whole weeks of reference below which the means of single weekdays are too uncertain to use (STATISTICS.md, 1).
WEEKS = 8


@dataclass(frozen=True, slots=True)
class Season:
    """Weekdays of the batches of a reference and of tonight.

    Attributes:
        batches: weekday of each batch, 0 for Monday, shape (B,).
        tonight: tonight's weekday.
        chance: chance with which an F test may call a stream seasonal that is not.
    """

    batches: NDArray[np.int64]
    tonight: int
    chance: float

    def of(self, chosen: NDArray[np.bool_]) -> Season:
        """The season of some of the batches."""
        return Season(self.batches[chosen], self.tonight, self.chance)


def season_of(reference: Sequence[Profile], tonight: Profile, streams: int) -> Season | None:
    """The weekdays, where batches are nights and the reference has `WEEKS` whole weeks of them; else None.

    A batch is of the day of its newest event: late rows are older than their night, never newer.

    Args:
        reference: its batches in order of time, none of them empty.
        tonight: tonight's batch.
        streams: streams that share the chance of 0.01 to be called seasonal by mistake.
    """
    days = [batch.last_event.date() for batch in reference if batch.last_event is not None]
    if len(days) < 7 * WEEKS or len(days) != len(reference) or tonight.last_event is None:
        return None
    if median((later - earlier).days for earlier, later in pairwise(days)) != 1:
        return None
    weekdays = np.array([day.weekday() for day in days], dtype=np.int64)
    return Season(weekdays, tonight.last_event.weekday(), 0.01 / max(streams, 1))
