"""One group's outcomes changed behind unchanged scores, in a profile of matured rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from tasks.evidence.profile import Counts, Profile
from tasks.stats.subsets import drawn_of_groups, groups_by_attribute

Reals = NDArray[np.float64]


def shifted_concept(profile: Profile, group: int, log_odds: float, rng: np.random.Generator) -> Profile:
    """The log-odds of a label of 1 moved in one group, score bin by score bin; 0 changes nothing.

    With p the mean score of a bin and p' = expit(logit p + d), a label of 0 turns into a 1 with the chance
    (p' - p) / (1 - p) for d > 0, a 1 into a 0 with (p - p') / p for d < 0: labels that followed p follow p'. All rows
    change with their group; in the groups of other attributes the turned labels are spread as those labels were before,
    since who belongs to both is not in a profile. Squared errors change by the mean score of the bin.

    Args:
        profile: the batch, with labels.
        group: index of the group, from 1.
        log_odds: d.
        rng: draws the labels that turn.
    """
    tables = _Tables(profile.positives.copy(), profile.negatives.copy(), profile.squared_errors.copy())
    turned = _turned(profile, group, log_odds, rng)
    step = 1 if log_odds > 0 else -1
    score = _mean_scores(profile)
    for groups in groups_by_attribute(tuple(one.attribute for one in profile.binning.groups)):
        if group in groups:
            tables.turn(group, turned, step, score)
            continue
        before = profile.negatives if step > 0 else profile.positives
        for cell in np.flatnonzero(turned):
            own = drawn_of_groups(rng, before[list(groups), cell], int(before[0, cell]), int(turned[cell]))
            for other, count in zip(groups, own.tolist(), strict=True):
                tables.turn(other, np.where(np.arange(len(turned)) == cell, count, 0), step, score)
    tables.turn(0, turned, step, score, scored_as=group)
    return replace(
        profile, positives=tables.positives, negatives=tables.negatives, squared_errors=tables.squared_errors
    )


@dataclass(frozen=True, slots=True)
class _Tables:
    """Labels by group and score bin, and squared errors by group, to be changed in place."""

    positives: Counts
    negatives: Counts
    squared_errors: Reals

    def turn(self, group: int, labels: Counts, step: int, score: Reals, scored_as: int | None = None) -> None:
        """Turn labels of one group, (S,): step 1 from 0 to 1, -1 back."""
        own = score[group if scored_as is None else scored_as]
        self.positives[group] += step * labels
        self.negatives[group] -= step * labels
        # (1 - s)^2 - s^2 = 1 - 2 s for each label that turns into a 1.
        self.squared_errors[group] = max(self.squared_errors[group] + step * float(labels @ (1 - 2 * own)), 0.0)


def _mean_scores(profile: Profile) -> Reals:
    """Mean score of the labelled rows, (G, S); a half where there is none."""
    labelled = profile.positives + profile.negatives
    half = np.full(labelled.shape, 0.5)
    means: Reals = np.divide(profile.labelled_score_totals, labelled, out=half, where=labelled > 0)
    return means


def _turned(profile: Profile, group: int, log_odds: float, rng: np.random.Generator) -> Counts:
    p = np.clip(_mean_scores(profile)[group], 1e-9, 1 - 1e-9)
    moved = expit(logit(p) + log_odds)
    rises = log_odds > 0
    rows = profile.negatives[group] if rises else profile.positives[group]
    turned: Counts = rng.binomial(rows, np.clip((moved - p) / (1 - p) if rises else (p - moved) / p, 0, 1))
    return turned.astype(np.int64)
