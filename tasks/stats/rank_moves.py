"""A feature's histogram replaced in a profile, with everything else of the profile that can follow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.profile import Counts, Profile

Reals = NDArray[np.float64]


def with_histogram(profile: Profile, feature: int, histogram: Counts, total: float, square: float) -> Profile:
    """The profile with another histogram of one feature; what the histogram no longer holds of the rows is missing.

    The products of mid-ranks cannot be made again without the rows, so they move as if each row's mid-rank had moved by
    the mean move: sum (u_i + d) u_j = sum u_i u_j + d sum u_j. Scores and attributions stay: they take the model.

    Args:
        profile: the profile.
        feature: index of the feature.
        histogram: the new counts, at most as many as the profile has rows, (B,).
        total: the new sum of the values.
        square: the new sum of their squares.
    """
    nulls = profile.nulls.copy()
    nulls[feature] = profile.rows - int(histogram.sum())
    histograms = (*profile.histograms[:feature], histogram, *profile.histograms[feature + 1 :])
    totals, squares = profile.totals.copy(), profile.squares.copy()
    totals[feature], squares[feature] = total, square
    moved = replace(profile, nulls=nulls, histograms=histograms, totals=totals, squares=squares)
    return replace(moved, rank_cross=_crossed(profile, moved, feature))


def rank_totals(profile: Profile) -> Reals:
    """Sum of the mid-ranks of each feature, missing values in the middle, (F,)."""
    features = zip(profile.binning.features, profile.histograms, profile.nulls, strict=True)
    return np.array([float(histogram @ edges.mid_ranks) + 0.5 * int(nulls) for edges, histogram, nulls in features])


def _crossed(before: Profile, after: Profile, feature: int) -> Reals:
    if before.rows == 0:
        return before.rank_cross
    totals = rank_totals(before)
    step = (rank_totals(after)[feature] - totals[feature]) / before.rows
    cross = before.rank_cross.copy()
    cross[feature] += step * totals
    cross[:, feature] += step * totals
    cross[feature, feature] += before.rows * step**2
    return cross
