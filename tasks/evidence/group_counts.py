"""Group counts: rows, outcomes and scores by group and score bin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.binning import Binning, Group
from tasks.evidence.compiling import choose
from tasks.evidence.frame import Frame
from tasks.evidence.levels import level_numbers

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]
Indices = NDArray[np.intp]

#: What is known of a row's label.
_UNKNOWN, _NEGATIVE, _POSITIVE = 0, 1, 2


#: Points of a grid over the scores. A power of two: multiplying with it rounds nothing.
_GRID = 1024


@dataclass(frozen=True, slots=True, eq=False)
class GroupCounts:
    """What a profile holds by group; see `Profile`. Shapes (G, S), and (G,) for the last two."""

    scored: Counts
    positives: Counts
    negatives: Counts
    score_totals: Reals
    labelled_score_totals: Reals
    squared_errors: Reals
    score_variances: Reals


def count_groups(binning: Binning, protected: Frame, scores: Reals, label: Reals) -> GroupCounts:
    """Count rows by group and score bin.

    Args:
        binning: groups and score cuts; a group of an attribute that the rows do not have counts nobody.
        protected: protected attributes, n rows.
        scores: scores in [0, 1], shape (n,).
        label: 1, 0, or NaN while unknown, shape (n,).
    """
    groups, size = len(binning.groups), len(binning.score_cuts) + 1
    # One group more than there are: it takes the rows that no group of an attribute has.
    rows = np.zeros((groups + 1, size, 3), dtype=np.int64)
    totals, errors = np.zeros((groups + 1, size, 2)), np.zeros((groups + 1, 2))
    members = _memberships(binning.groups, protected, len(scores))
    cuts = np.array([*binning.score_cuts, np.inf])
    choose(len(scores), count_by_cell, count_by_row)(members, cuts, scores, label, rows, totals, errors)
    rows, totals, errors = rows[:-1], totals[:-1], errors[:-1]
    return GroupCounts(
        scored=rows.sum(axis=2),
        positives=rows[:, :, _POSITIVE].copy(),
        negatives=rows[:, :, _NEGATIVE].copy(),
        score_totals=totals.sum(axis=2),
        labelled_score_totals=totals[:, :, 1].copy(),
        squared_errors=errors[:, 0].copy(),
        score_variances=errors[:, 1].copy(),
    )


def count_by_cell(
    members: Indices, cuts: Reals, scores: Reals, label: Reals, rows: Counts, totals: Reals, errors: Reals
) -> None:
    """Count in numpy.

    Args:
        members: group of each row by attribute, (A, n); the last group is nobody's.
        cuts: score cuts and infinity, (S,).
        scores: (n,).
        label: (n,).
        rows: added to: rows by group, score bin and what is known of the label, (G + 1, S, 3).
        totals: added to: sums of scores by group, score bin and whether the label is known, (G + 1, S, 2).
        errors: added to: sums over the labelled of (label - score)^2 and of score * (1 - score), (G + 1, 2).
    """
    bins, known = np.searchsorted(cuts, scores, side="right"), ~np.isnan(label)
    state = np.where(known, np.where(label == 1, _POSITIVE, _NEGATIVE), _UNKNOWN)
    losses = (np.where(known, (label - scores) ** 2, 0.0), np.where(known, scores * (1 - scores), 0.0))
    groups, size = rows.shape[:2]
    for group in members:
        cell = group * size + bins
        rows += np.bincount(cell * 3 + state, minlength=groups * size * 3).reshape(rows.shape)
        totals += np.bincount(cell * 2 + known, scores, groups * size * 2).reshape(totals.shape)
        errors += np.column_stack([np.bincount(group, loss, groups) for loss in losses])


def count_by_row(
    members: Indices, cuts: Reals, scores: Reals, label: Reals, rows: Counts, totals: Reals, errors: Reals
) -> None:
    """The same to be compiled: each row is looked at once, for all of its groups."""
    begin = np.searchsorted(cuts, np.arange(_GRID + 1) / _GRID, side="right")
    for row in range(len(scores)):
        score, truth = scores[row], label[row]
        # From the grid's point below the score it is a step or none to its bin.
        bin_ = begin[int(score * _GRID)]
        while cuts[bin_] <= score:
            bin_ += 1
        state, known = _UNKNOWN, 0
        square, variance = 0.0, 0.0
        if not np.isnan(truth):
            state, known = _POSITIVE if truth == 1.0 else _NEGATIVE, 1
            square, variance = (truth - score) ** 2, score * (1.0 - score)
        for attribute in range(members.shape[0]):
            group = members[attribute, row]
            rows[group, bin_, state] += 1
            totals[group, bin_, known] += score
            errors[group, 0] += square
            errors[group, 1] += variance


def _memberships(groups: tuple[Group, ...], protected: Frame, rows: int) -> Indices:
    """The group of each row, attribute by attribute, (A, n); the number of groups for none."""
    found = []
    for attribute in dict.fromkeys(group.attribute for group in groups):
        numbers = {group.level: index for index, group in enumerate(groups) if group.attribute == attribute}
        if not attribute:
            found.append(np.full(rows, numbers[""], dtype=np.intp))
        elif attribute in protected:
            found.append(level_numbers(protected[attribute], numbers, otherwise=len(groups), missing=len(groups)))
    return np.stack(found)
