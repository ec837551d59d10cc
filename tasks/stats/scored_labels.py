"""Scored labels: how many labels of each kind are at each score, from rows or from the bins of a profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.profile import Profile
from tasks.stats.confusion import mean_scores

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ScoredLabels:
    """Labels by score; no score is without a row.

    Attributes:
        scores: increasing, in [0, 1], shape (S,).
        positives: rows with label 1 at each score, shape (S,).
        negatives: rows with label 0, shape (S,).
    """

    scores: Reals
    positives: Counts
    negatives: Counts

    @property
    def rows(self) -> Counts:
        """Rows at each score, at least 1, shape (S,)."""
        return self.positives + self.negatives

    @property
    def n(self) -> int:
        """All rows."""
        return int(self.rows.sum())

    @property
    def events(self) -> int:
        """Rows with label 1."""
        return int(self.positives.sum())

    @property
    def rarer(self) -> int:
        """Rows with the label that fewer rows have."""
        return min(self.events, self.n - self.events)

    @property
    def expected(self) -> float:
        """Labels of 1 that the scores expect."""
        return float(self.rows @ self.scores)

    def pooled(self, parts: int) -> ScoredLabels:
        """Neighbouring scores pooled into at most `parts` parts with about as many rows, each at its mean score."""
        rows = self.rows
        middle = (np.cumsum(rows) - rows / 2) / max(self.n, 1)
        part = np.minimum((middle * parts).astype(np.int64), parts - 1)
        totals: Reals = np.bincount(part, rows * self.scores, parts).astype(np.float64)
        counts = [np.bincount(part, counted, parts).astype(np.int64) for counted in (self.positives, self.negatives)]
        return _filled(totals, counts[0], counts[1])


def of_rows(label: NDArray[np.int8], score: Reals) -> ScoredLabels:
    """Labels by score of rows, each at its own score.

    Args:
        label: 0 or 1, shape (n,).
        score: in [0, 1], no NaN, shape (n,).

    Raises:
        ValueError: a score is missing; it belongs nowhere.
    """
    if np.isnan(score).any():
        raise ValueError("expected scores without NaN; a missing score has no place among the others")
    scores, place = np.unique(score, return_inverse=True)
    positives = np.bincount(place, label == 1, len(scores)).astype(np.int64)
    return ScoredLabels(scores, positives, np.bincount(place, minlength=len(scores)).astype(np.int64) - positives)


def of_profile(profile: Profile, group: int = 0) -> ScoredLabels:
    """Labels by score of a profile's group, every row at the mean score of its bin.

    Args:
        profile: rows of which some have labels.
        group: index into the binning's groups; 0 is every row.
    """
    positives, negatives = profile.positives[group], profile.negatives[group]
    return _filled(mean_scores(profile, group) * (positives + negatives), positives, negatives)


def _filled(totals: Reals, positives: Counts, negatives: Counts) -> ScoredLabels:
    """Without the empty ones; a mean can leave [0, 1] by rounding only."""
    rows = positives + negatives
    used = rows > 0
    return ScoredLabels(np.clip(totals[used] / rows[used], 0.0, 1.0), positives[used], negatives[used])
