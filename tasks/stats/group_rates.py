"""Rates by group out of a profile: how often a group gets the favourable action, and how often the model errs on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tasks.evidence.profile import Profile
from tasks.stats.confusion import confusion, first_selected_bin


class Rate(StrEnum):
    """A rate of a group.

    `SELECTION`: share of rows that get the favourable action; 1 means everyone does.
    `TRUE_POSITIVE`: of rows with label 1, the share at or above the threshold; 1 means none is missed.
    `FALSE_POSITIVE`: of rows with label 0, the share at or above the threshold; 0 means none is taken for a 1.
    """

    SELECTION = "selection_rate"
    TRUE_POSITIVE = "true_positive_rate"
    FALSE_POSITIVE = "false_positive_rate"

    @property
    def words(self) -> str:
        """For a reader."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Count:
    """A rate as its two counts.

    Attributes:
        counted: rows that count.
        n: rows that could.
    """

    counted: int
    n: int


def group_count(profile: Profile, rate: Rate, group: int, threshold: float, *, favourable_above: bool) -> Count:
    """The counts behind a rate of one group.

    Args:
        profile: rows, of which the error rates use those with labels.
        rate: which rate.
        group: index into the binning's groups.
        threshold: the operating point.
        favourable_above: whether a score at or above the threshold is the favourable action.

    Raises:
        ValueError: the threshold is not among the score cuts.
    """
    if rate is Rate.SELECTION:
        scored = profile.scored[group]
        first = first_selected_bin(profile, threshold)
        chosen = scored[first:] if favourable_above else scored[:first]
        return Count(int(chosen.sum()), int(scored.sum()))
    table = confusion(profile, threshold, group)
    if rate is Rate.TRUE_POSITIVE:
        return Count(table.true_positives, table.positives)
    return Count(table.false_positives, table.negatives)
