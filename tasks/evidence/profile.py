"""Profile: what a monitor needs from a batch under a model, and nothing else. A commutative monoid."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.binning import Binning

Counts = NDArray[np.int64]
Sums = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Mergeable summary of a batch under a model: merge(profile(a), profile(b)) == profile(a + b).

    Shapes: F features, B bins of a feature (ragged: one array a feature), S score bins, G groups, V feature views.

    Attributes:
        binning: the fixed edges.
        rows: rows of the batch.
        first_event: earliest event timestamp; None for the empty profile.
        last_event: latest event timestamp.
        nulls: missing values a feature, (F,).
        histograms: rows by bin, a feature each, missing values left out, F arrays of (B,).
        totals: sum a numeric feature (0 for categories), (F,).
        squares: sum of squares a numeric feature, (F,).
        scored: rows by group and score bin, (G, S).
        positives: rows with a matured label of 1, by group and score bin, (G, S).
        negatives: rows with a matured label of 0, by group and score bin, (G, S).
        score_totals: sum of scores by group and score bin over all rows, (G, S).
        labelled_score_totals: the same over the rows with a matured label, (G, S).
        squared_errors: sum of (label - score)^2 over labelled rows, by group, (G,).
        score_variances: sum of score * (1 - score) over labelled rows, by group, (G,).
        attribution_totals: sum of attributions a feature, (F,).
        attribution_squares: sum of squared attributions, (F,).
        attribution_magnitudes: sum of absolute attributions, (F,).
        magnitude_cross: sum of |phi_i| * |phi_j| over rows, (F, F): what the variance of attribution shares needs.
        attribution_histograms: rows by bin of attribution, F arrays.
        attributed: rows that have attributions.
        rank_cross: sum of u_i * u_j over rows, (F, F); u is the reference mid-rank of a row's bin, 0.5 where missing.
            With the histograms it gives the covariance of the mid-ranks, which a linear discriminant needs.
        attribution_rank_cross: the same of the attributions, over the rows that have them, (F, F).
        matured: rows that are old enough for their label.
        awaited: labels to be expected of those: sum of the probability that a row's label is ever known.
        explored: rows with a matured label whose probability of getting one was below 1 (selective labels).
        served: rows for which a feature view had a value, (V,).
        age_totals: sum of the ages of those values at the event, hours, (V,).
    """

    binning: Binning
    rows: int
    first_event: datetime | None
    last_event: datetime | None
    nulls: Counts
    histograms: tuple[Counts, ...]
    totals: Sums
    squares: Sums
    scored: Counts
    positives: Counts
    negatives: Counts
    score_totals: Sums
    labelled_score_totals: Sums
    squared_errors: Sums
    score_variances: Sums
    attribution_totals: Sums
    attribution_squares: Sums
    attribution_magnitudes: Sums
    magnitude_cross: Sums
    attribution_histograms: tuple[Counts, ...]
    attributed: int
    rank_cross: Sums
    attribution_rank_cross: Sums
    matured: int
    awaited: float
    explored: int
    served: Counts
    age_totals: Sums

    @property
    def labelled(self) -> int:
        """Rows with a matured label."""
        return int(self.positives[0].sum() + self.negatives[0].sum())

    @property
    def events(self) -> int:
        """Rows with a matured label of 1."""
        return int(self.positives[0].sum())

    @property
    def coverage(self) -> float:
        """Share of the awaited labels that are there, at most 1; 0 where none is awaited.

        Labels of rows that nobody awaited do not make up for others, so more than all counts as all.
        """
        return min(self.labelled / self.awaited, 1.0) if self.awaited > 0 else 0.0

    @classmethod
    def empty(cls, binning: Binning) -> Profile:
        """The identity of `merge`."""
        f, g, s, v = len(binning.features), len(binning.groups), len(binning.score_cuts) + 1, len(binning.views)

        def counts(*shape: int) -> Counts:
            return np.zeros(shape, dtype=np.int64)

        def sums(*shape: int) -> Sums:
            return np.zeros(shape, dtype=np.float64)

        return cls(
            binning=binning, rows=0, first_event=None, last_event=None, nulls=counts(f),
            histograms=tuple(counts(feature.bins) for feature in binning.features), totals=sums(f), squares=sums(f),
            scored=counts(g, s), positives=counts(g, s), negatives=counts(g, s), score_totals=sums(g, s),
            labelled_score_totals=sums(g, s), squared_errors=sums(g), score_variances=sums(g),
            attribution_totals=sums(f), attribution_squares=sums(f), attribution_magnitudes=sums(f),
            magnitude_cross=sums(f, f),
            attribution_histograms=tuple(counts(len(cuts) + 1) for cuts in binning.attribution_cuts), attributed=0,
            rank_cross=sums(f, f), attribution_rank_cross=sums(f, f), matured=0, awaited=0.0, explored=0,
            served=counts(v), age_totals=sums(v),
        )  # fmt: skip

    def merge(self, other: Profile) -> Profile:
        """The profile of both batches together.

        Raises:
            ValueError: the two profiles have different edges; their counts would not mean the same.
        """
        if self.binning is not other.binning and self.binning.digest != other.binning.digest:
            raise ValueError("two profiles merge only on the same edges; profile both batches with one binning")
        merged = {
            field.name: _merge(getattr(self, field.name), getattr(other, field.name))
            for field in fields(self)
            if field.name not in _NOT_ADDED
        }
        events = [event for event in (self.first_event, other.first_event) if event is not None]
        last = [event for event in (self.last_event, other.last_event) if event is not None]
        return Profile(
            binning=self.binning, first_event=min(events, default=None), last_event=max(last, default=None), **merged
        )


_NOT_ADDED = ("binning", "first_event", "last_event")


def _merge(a: Any, b: Any) -> Any:  # noqa: ANN401  the fields' types differ; each is added to its own kind
    if isinstance(a, tuple):
        return tuple(x + y for x, y in zip(a, b, strict=True))
    return a + b


def merge_all(profiles: tuple[Profile, ...]) -> Profile:
    """Merge one or more profiles. The newest few results are kept: every check of a night merges the same reference.

    Raises:
        ValueError: there is none, so there are no edges to be empty on.
    """
    if not profiles:
        raise ValueError("expected at least one profile, got none")
    return _merge_all(profiles)


@lru_cache(maxsize=4)
def _merge_all(profiles: tuple[Profile, ...]) -> Profile:
    # Profiles are known by identity, and never changed.
    merged = profiles[0]
    for profile in profiles[1:]:
        merged = merged.merge(profile)
    return merged
