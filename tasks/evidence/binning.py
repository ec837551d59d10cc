"""Binning: the fixed edges that make profiles mergeable. Made once, from the reference, and kept with the model."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from pydantic import Field

from tasks.evidence.record import Record


class NumericEdges(Record):
    """Cut points of a numeric feature.

    Attributes:
        name: feature.
        cuts: strictly increasing inner cut points; bin i holds cuts[i-1] <= x < cuts[i]: len(cuts) + 1 bins.
        mean: mean of the reference, for sentences in standard deviations.
        deviation: standard deviation of the reference, at least 0.
    """

    kind: Literal["numeric"] = "numeric"
    name: str
    cuts: tuple[float, ...]
    mean: float
    deviation: float

    @property
    def bins(self) -> int:
        """Number of bins."""
        return len(self.cuts) + 1


class CategoricalLevels(Record):
    """Levels of a categorical feature: the most frequent ones of the reference, each its own bin.

    Bin len(levels) is 'other' (seen in the reference, but rare); the last bin is 'unseen'.

    Attributes:
        name: feature.
        levels: kept levels, most frequent first.
        rare: levels of the reference that share the bin 'other'.
    """

    kind: Literal["categorical"] = "categorical"
    name: str
    levels: tuple[str, ...]
    rare: tuple[str, ...] = ()

    @property
    def bins(self) -> int:
        """Number of bins."""
        return len(self.levels) + 2


FeatureBins = Annotated[NumericEdges | CategoricalLevels, Field(discriminator="kind")]


class Group(Record):
    """One group of one protected attribute, for example origin=B. The empty attribute means every row."""

    attribute: str
    level: str

    @property
    def name(self) -> str:
        """For a reader: 'origin=B', or 'all rows'."""
        return f"{self.attribute}={self.level}" if self.attribute else "all rows"


class Binning(Record):
    """All fixed edges of one model's profiles.

    Attributes:
        features: one entry a model input, in the order of the schema.
        attribution_cuts: per feature, inner cut points of its attributions (log-odds or the model's raw unit).
        score_cuts: inner cut points of the score; the operating point is one of them: confusion counts are exact.
        groups: the groups that are counted apart; the first one is every row.
    """

    features: tuple[FeatureBins, ...]
    attribution_cuts: tuple[tuple[float, ...], ...]
    score_cuts: tuple[float, ...]
    groups: tuple[Group, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the edges; two profiles merge only when theirs are equal."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
