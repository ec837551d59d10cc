"""Groups of an attribute with the counts that any measure of fairness is made of: out of profiles, or out of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.profile import Profile
from tasks.stats.confusion import Confusion, confusion
from tasks.stats.estimate import Estimate
from tasks.stats.group_metrics import group_auc, group_calibration, tabulate
from tasks.stats.group_rates import Count, Rate, group_count
from tasks.stats.protected_groups import Grouping
from tasks.stats.roc import auc_from_counts


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """One group under one model.

    Attributes:
        name: 'origin=B'.
        level: 'B'.
        selection: rows with the favourable action, of all rows.
        confusion: labelled rows by label and decision; None when no labels are known of anybody.
        auc: within the group; None when it has too few rows of a class.
        calibration: observed share of label 1 less mean score; None when it has too few labelled rows.
    """

    name: str
    level: str
    selection: Count
    confusion: Confusion | None
    auc: Estimate | None
    calibration: Estimate | None

    @property
    def labelled(self) -> int:
        """Rows with a label."""
        return self.confusion.rows if self.confusion else 0

    def count(self, rate: Rate) -> Count:
        """The counts behind a rate; none when there are no labels."""
        if rate is Rate.SELECTION:
            return self.selection
        table = self.confusion or Confusion(0, 0, 0, 0)
        if rate is Rate.TRUE_POSITIVE:
            return Count(table.true_positives, table.positives)
        return Count(table.false_positives, table.negatives)

    @property
    def predictive_value(self) -> Count:
        """Of the labelled rows at or above the threshold, those with label 1."""
        table = self.confusion or Confusion(0, 0, 0, 0)
        return Count(table.true_positives, table.selected)

    @property
    def base_rate(self) -> Count:
        """Labelled rows with label 1."""
        table = self.confusion or Confusion(0, 0, 0, 0)
        return Count(table.positives, table.rows)


@dataclass(frozen=True, slots=True)
class AttributeFacts:
    """The groups of one attribute, or intersection.

    Attributes:
        name: 'origin', or 'sex*origin'.
        groups: its groups, at least one.
        largest: the one that the others are compared with.
        labels: whether labels are known of anybody.
    """

    name: str
    groups: tuple[GroupFacts, ...]
    largest: int
    labels: bool

    @property
    def yardstick(self) -> GroupFacts:
        """The largest group."""
        return self.groups[self.largest]

    @property
    def others(self) -> tuple[GroupFacts, ...]:
        """All groups but that one."""
        return tuple(group for i, group in enumerate(self.groups) if i != self.largest)


def facts_of_profiles(
    everyone: Profile, known: Profile | None, reference: Sequence[Profile], threshold: float, *, favourable_above: bool
) -> tuple[AttributeFacts, ...]:
    """The groups of every attribute that a model's profiles count apart.

    Args:
        everyone: rows whose selection is counted.
        known: rows with labels, under the same binning; None when there are none.
        reference: profiles in which, with `everyone`, it is read which group is the largest: it must not flip.
        threshold: the operating point.
        favourable_above: whether a score at or above it is the favourable action.
    """
    groups = everyone.binning.groups
    sizes = [sum(int(batch.scored[i].sum()) for batch in (*reference, everyone)) for i in range(len(groups))]
    found = []
    for name in dict.fromkeys(group.attribute for group in groups if group.attribute):
        own = [i for i, group in enumerate(groups) if group.attribute == name]
        facts = tuple(
            GroupFacts(
                name=groups[i].name,
                level=groups[i].level,
                selection=group_count(everyone, Rate.SELECTION, i, threshold, favourable_above=favourable_above),
                confusion=confusion(known, threshold, i) if known else None,
                auc=auc_from_counts(known.positives[i], known.negatives[i]) if known else None,
                calibration=_calibration(known, i) if known else None,
            )
            for i in own
        )
        found.append(AttributeFacts(name, facts, own.index(max(own, key=lambda i: sizes[i])), known is not None))
    return tuple(found)


def _calibration(known: Profile, group: int) -> Estimate | None:
    """Observed share less mean score; the error is that of calibrated scores, from their own variances."""
    events = int(known.positives[group].sum())
    n = events + int(known.negatives[group].sum())
    if n < 2:
        return None
    value = (events - float(known.labelled_score_totals[group].sum())) / n
    return Estimate(value, float(known.score_variances[group]) ** 0.5 / n, n)


def facts_of_rows(
    grouping: Grouping,
    label: NDArray[np.int8],
    score: NDArray[np.float64],
    threshold: float,
    *,
    favourable_above: bool,
) -> AttributeFacts:
    """The groups of a grouping of labelled rows.

    Args:
        grouping: at least one level.
        label: 0 or 1, shape (n,).
        score: shape (n,); no NaN.
        threshold: the operating point.
        favourable_above: whether a score at or above it is the favourable action.
    """
    size = len(grouping.levels)
    table = tabulate([grouping.codes], [size + 1], label, [score >= threshold])[:size]
    aucs = group_auc(grouping.codes, size, label, score[np.newaxis])
    calibration = group_calibration(grouping.codes, size, label, score)
    facts = []
    for i, level in enumerate(grouping.levels):
        counts = Confusion(
            true_positives=int(table[i, 1, 1]),
            false_positives=int(table[i, 0, 1]),
            false_negatives=int(table[i, 1, 0]),
            true_negatives=int(table[i, 0, 0]),
        )
        favoured = counts.selected if favourable_above else counts.rows - counts.selected
        auc = aucs[i]
        facts.append(
            GroupFacts(
                name=grouping.group(i),
                level=level,
                selection=Count(favoured, counts.rows),
                confusion=counts,
                auc=auc.estimate(0) if auc else None,
                calibration=calibration[i],
            )
        )
    return AttributeFacts(grouping.name, tuple(facts), grouping.largest, True)
