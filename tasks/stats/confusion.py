"""Confusion counts and mean scores out of a profile: exact, because the operating point is a score cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.profile import Profile


@dataclass(frozen=True, slots=True)
class Confusion:
    """Rows by label and decision; 'selected' means at or above the threshold.

    Attributes:
        true_positives: label 1, selected.
        false_positives: label 0, selected.
        false_negatives: label 1, not selected.
        true_negatives: label 0, not selected.
    """

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    @property
    def positives(self) -> int:
        """Rows with label 1."""
        return self.true_positives + self.false_negatives

    @property
    def negatives(self) -> int:
        """Rows with label 0."""
        return self.false_positives + self.true_negatives

    @property
    def selected(self) -> int:
        """Rows at or above the threshold."""
        return self.true_positives + self.false_positives

    @property
    def rows(self) -> int:
        """All of them."""
        return self.positives + self.negatives


def confusion(profile: Profile, threshold: float, group: int) -> Confusion:
    """Confusion counts of one group at the threshold.

    Args:
        profile: rows of which some have labels.
        threshold: the operating point of the profile's model.
        group: index into the binning's groups; 0 is every row.

    Raises:
        ValueError: the threshold is not among the score cuts, so no count at it would be exact.
    """
    first = first_selected_bin(profile, threshold)
    positives, negatives = profile.positives[group], profile.negatives[group]
    return Confusion(
        true_positives=int(positives[first:].sum()),
        false_positives=int(negatives[first:].sum()),
        false_negatives=int(positives[:first].sum()),
        true_negatives=int(negatives[:first].sum()),
    )


def first_selected_bin(profile: Profile, threshold: float) -> int:
    """The lowest score bin at or above the threshold.

    Raises:
        ValueError: the threshold is not among the score cuts.
    """
    cuts = profile.binning.score_cuts
    index = int(np.searchsorted(cuts, threshold))
    if index == len(cuts) or cuts[index] != threshold:
        raise ValueError(f"expected the threshold {threshold} among the score cuts; make the binning with it")
    return index + 1


def mean_scores(profile: Profile, group: int = 0) -> NDArray[np.float64]:
    """Mean score of the labelled rows by score bin, shape (S,); 0 where a bin is empty."""
    counts = profile.positives[group] + profile.negatives[group]
    empty = np.zeros(len(counts))
    means: NDArray[np.float64] = np.divide(profile.labelled_score_totals[group], counts, out=empty, where=counts > 0)
    return means
