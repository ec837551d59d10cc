"""Binning: the fixed edges that make profiles mergeable. Made once, from the reference, and kept with the model."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from tasks.evidence.record import Record


@lru_cache(maxsize=1024)
def mid_ranks(shares: tuple[float, ...]) -> NDArray[np.float64]:
    """Mid-rank of each bin in the reference (Bross 1958, *ridits*): the share before it and half of its own.

    Over the reference the mean mid-rank is 1/2. Over other rows it is the probability that one of them ranks above a
    row of the reference, ties counted half: the AUC between the two.

    Args:
        shares: share of the reference in each bin, sum 1; or all 0, when the reference had no value.

    Returns:
        Shape (bins,), in (0, 1); 0.5 everywhere when the reference had no value.
    """
    share = np.array(shares, dtype=np.float64)
    ranks: NDArray[np.float64] = np.cumsum(share) - share / 2 if share.any() else np.full(len(share), 0.5)
    ranks.setflags(write=False)  # kept and handed out again
    return ranks


class NumericEdges(Record):
    """Cut points of a numeric feature.

    Attributes:
        name: feature.
        cuts: strictly increasing inner cut points; bin i holds cuts[i-1] <= x < cuts[i]: len(cuts) + 1 bins.
        mean: mean of the reference, for sentences in standard deviations.
        deviation: standard deviation of the reference, at least 0.
        shares: share of the reference's values in each bin, sum 1; all 0 when it had none.
    """

    kind: Literal["numeric"] = "numeric"
    name: str
    cuts: tuple[float, ...]
    mean: float
    deviation: float
    shares: tuple[float, ...]

    @model_validator(mode="after")
    def _a_share_a_bin(self) -> NumericEdges:
        _require_a_share_a_bin(self.name, self.shares, self.bins)
        return self

    @property
    def bins(self) -> int:
        """Number of bins."""
        return len(self.cuts) + 1

    @property
    def outside(self) -> tuple[int, ...]:
        """Bins without a value of the reference: below its minimum, beyond its maximum; none where there is no cut."""
        return (0, len(self.cuts)) if self.cuts else ()

    @property
    def mid_ranks(self) -> NDArray[np.float64]:
        """Reference mid-rank of each bin, (bins,); see `mid_ranks`."""
        return mid_ranks(self.shares)


class CategoricalLevels(Record):
    """Levels of a categorical feature: the most frequent ones of the reference, each its own bin.

    Bin len(levels) is 'other' (seen in the reference, but rare); the last bin is 'unseen'.

    Attributes:
        name: feature.
        levels: kept levels, most frequent first.
        rare: levels of the reference that share the bin 'other'.
        shares: share of the reference's values in each bin, sum 1; all 0 when it had none.
    """

    kind: Literal["categorical"] = "categorical"
    name: str
    levels: tuple[str, ...]
    rare: tuple[str, ...] = ()
    shares: tuple[float, ...]

    @model_validator(mode="after")
    def _a_share_a_bin(self) -> CategoricalLevels:
        _require_a_share_a_bin(self.name, self.shares, self.bins)
        return self

    @property
    def bins(self) -> int:
        """Number of bins."""
        return len(self.levels) + 2

    @property
    def mid_ranks(self) -> NDArray[np.float64]:
        """Reference mid-rank of each bin, in the order of the bins, (bins,); see `mid_ranks`."""
        return mid_ranks(self.shares)


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
        attribution_shares: per feature, share of the reference's attributions in each bin; all 0 when it had none.
        score_cuts: inner cut points of the score; the operating point is one of them: confusion counts are exact.
        groups: the groups that are counted apart; the first one is every row.
        views: the feature views whose ages are summed.
    """

    features: tuple[FeatureBins, ...]
    attribution_cuts: tuple[tuple[float, ...], ...]
    attribution_shares: tuple[tuple[float, ...], ...]
    score_cuts: tuple[float, ...]
    groups: tuple[Group, ...]
    views: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _an_attribution_share_a_bin(self) -> Binning:
        for feature, cuts, shares in zip(self.features, self.attribution_cuts, self.attribution_shares, strict=True):
            _require_a_share_a_bin(f"attribution of {feature.name}", shares, len(cuts) + 1)
        return self

    def attribution_mid_ranks(self, feature: int) -> NDArray[np.float64]:
        """Reference mid-rank of each bin of a feature's attributions, (bins,); see `mid_ranks`."""
        return mid_ranks(self.attribution_shares[feature])

    @property
    def digest(self) -> str:
        """SHA-256 of the edges; two profiles merge only when theirs are equal."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def _require_a_share_a_bin(name: str, shares: tuple[float, ...], bins: int) -> None:
    if len(shares) != bins:
        raise ValueError(f"{name}: expected a share for each of {bins} bins, got {len(shares)}; make the binning anew")
