"""Change of a group's gap to the reference group from one model to another, on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.finding import Outcome
from tasks.evidence.interval import Interval
from tasks.stats.bonett_price import PairedCount, paired_interval, rows_to_rule_out
from tasks.stats.group_rates import Count, Rate
from tasks.stats.mover import mover_difference

#: Labels of the rows that a rate is about.
_LABELS = {Rate.SELECTION: (0, 1), Rate.TRUE_POSITIVE: (1,), Rate.FALSE_POSITIVE: (0,)}


@dataclass(frozen=True, slots=True)
class Judgements:
    """How two models judged the rows of one group that a rate is about: yes is the favourable action.

    Attributes:
        both: rows with a yes under both models.
        gained: with a yes under the second model only.
        lost: with a yes under the first model only.
        neither: with a no under both.
    """

    both: int
    gained: int
    lost: int
    neither: int

    @property
    def n(self) -> int:
        """All of them."""
        return self.both + self.gained + self.lost + self.neither

    @property
    def first(self) -> Count:
        """The first model's yes."""
        return Count(self.both + self.lost, self.n)

    @property
    def second(self) -> Count:
        """The second model's yes."""
        return Count(self.both + self.gained, self.n)

    @property
    def paired(self) -> PairedCount:
        """What changed."""
        return PairedCount(self.gained, self.lost, self.n)


def judgements(table: NDArray[np.int64], rate: Rate) -> Judgements:
    """The rows of one group that a rate is about.

    Args:
        table: rows by label, yes of the first model, yes of the second, shape (2, 2, 2).
        rate: selection is about all rows, the others about those of one label.
    """
    about = table[list(_LABELS[rate])].sum(axis=0)
    return Judgements(int(about[1, 1]), int(about[0, 1]), int(about[1, 0]), int(about[0, 0]))


def pooled(groups: Sequence[Judgements]) -> Judgements:
    """The rows of several groups together."""
    return Judgements(
        *(sum(values) for values in zip(*((g.both, g.gained, g.lost, g.neither) for g in groups), strict=True))
    )


@dataclass(frozen=True, slots=True)
class GapChange:
    """Change of a group's rate of yes less that of the reference group: below 0 it goes against the group.

    Attributes:
        group: judgements of the group, at least one row.
        reference: those of the reference group, at least one row.
    """

    group: Judgements
    reference: Judgements

    @property
    def value(self) -> float:
        """The change."""
        return self.group.paired.change - self.reference.paired.change

    def interval(self, level: float) -> Interval:
        """Its interval: Bonett & Price (2012) in each group, MOVER (Zou & Donner 2008) for their difference."""
        own, other = self.group.paired, self.reference.paired
        return mover_difference(own.change, paired_interval(own, level), other.change, paired_interval(other, level))


@dataclass(frozen=True, slots=True)
class GapRule:
    """When a change is a regression.

    Attributes:
        margin: change against a group that is too small to matter, share of rows, above 0.
        pass_error: chance that a group which lost just the margin passes.
        fail_error: chance that any of the comparisons fails although no gap changed.
        comparisons: groups x rates that are judged, at least 1; they share `fail_error` (Bonferroni).
    """

    margin: float
    pass_error: float
    fail_error: float
    comparisons: int

    def shown(self, change: GapChange, outcome: Outcome) -> Interval:
        """The interval that the outcome rests on; both of its bounds are one-sided."""
        error = self.fail_error / self.comparisons if outcome is Outcome.FAIL else self.pass_error
        return change.interval(1 - 2 * error)

    def outcome(self, change: GapChange) -> Outcome:
        """Pass when a loss of the margin is ruled out; fail when there is a loss for certain; else it cannot be told.

        All groups have to pass for the model to pass, so that each may be tested at `pass_error` itself
        (intersection-union, Berger 1982, Technometrics 24); one is enough to fail, so they share `fail_error`.
        """
        if self.shown(change, Outcome.PASS).low > -self.margin:
            return Outcome.PASS
        return Outcome.FAIL if self.shown(change, Outcome.FAIL).high < 0 else Outcome.INCONCLUSIVE

    def planned(self, change: GapChange) -> int:
        """Rows of the group with which nothing lost is mostly told; see `rows_to_rule_out`."""
        return rows_to_rule_out(self.margin, change.group.paired.discordance)

    def needed(self, change: GapChange) -> int:
        """Rows of the group with which this change would be told, were it the true one; never fewer than planned."""
        passing, failing = self.shown(change, Outcome.PASS), self.shown(change, Outcome.FAIL)
        ways = []
        if change.value > -self.margin:
            ways.append((change.value - passing.low) / (change.value + self.margin))
        if change.value < 0:
            ways.append((failing.high - change.value) / -change.value)
        return max(self.planned(change), ceil(change.group.n * max(1.0, min(ways) ** 2)))
