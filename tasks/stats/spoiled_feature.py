"""A share of a feature's values gone missing, or replaced by one that nobody had before, in a profile."""

from __future__ import annotations

import numpy as np

from tasks.evidence.binning import CategoricalLevels
from tasks.evidence.profile import Profile
from tasks.stats.rank_moves import with_histogram


def blanked(profile: Profile, feature: int, share: float, rng: np.random.Generator) -> Profile:
    """Every value of a feature is missing with the same chance, whatever it is; 0 changes nothing.

    Args:
        profile: the night.
        feature: index of the feature.
        share: the chance, in [0, 1].
        rng: draws the rows.
    """
    histogram = profile.histograms[feature]
    kept = histogram - rng.binomial(histogram, share)
    rows = int(histogram.sum())
    left = int(kept.sum()) / rows if rows else 0.0
    return with_histogram(
        profile, feature, kept, left * float(profile.totals[feature]), left * float(profile.squares[feature])
    )


def unseen(profile: Profile, feature: int, share: float, rng: np.random.Generator) -> Profile:
    """Every value of a category is replaced by an unseen one with the same chance, whatever it is; 0 changes nothing.

    Args:
        profile: the night.
        feature: index of a categorical feature.
        share: the chance, in [0, 1].
        rng: draws the rows.

    Raises:
        ValueError: the feature is a number.
    """
    edges = profile.binning.features[feature]
    if not isinstance(edges, CategoricalLevels):
        raise ValueError(f"expected a category to put unseen values into, got the number '{edges.name}'")
    gone = rng.binomial(profile.histograms[feature], share)
    replaced = profile.histograms[feature] - gone
    replaced[-1] += gone.sum()
    return with_histogram(profile, feature, replaced, float(profile.totals[feature]), float(profile.squares[feature]))
