"""A numeric feature's values moved or rescaled, in a profile: its histogram is binned again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.binning import NumericEdges
from tasks.evidence.profile import Counts, Profile
from tasks.stats.rank_moves import with_histogram

Reals = NDArray[np.float64]


def shifted(profile: Profile, feature: int, deviations: float, rng: np.random.Generator) -> Profile:
    """Every value of a feature moved by d standard deviations of the reference.

    Within a bin values are taken to be spread evenly, and each row draws its new bin. What would leave the range of the
    reference stays in its outermost bin: an even spread puts too many rows near the range's ends, and this change is a
    drift, not a fault of the feed. d = 0 changes nothing.

    Args:
        profile: the night.
        feature: index of a numeric feature.
        deviations: d, of either sign.
        rng: draws the new bins.
    """
    edges = _edges(profile, feature)
    step = deviations * edges.deviation
    if step == 0 or not edges.cuts:
        return profile
    chances = _chances(edges, 1.0, step)
    _keep_inside(chances, edges)
    n, total, square = _known(profile, feature)
    histogram = _redrawn(profile.histograms[feature], chances, rng)
    return with_histogram(profile, feature, histogram, total + n * step, square + 2 * step * total + n * step**2)


def rescaled(profile: Profile, feature: int, factor: float, rng: np.random.Generator) -> Profile:
    """Every value of a feature times a factor, as when a feed changes its unit; 1 changes nothing.

    Values are taken to be spread evenly within a bin; beyond the reference's range within one standard deviation of it.

    Args:
        profile: the night.
        feature: index of a numeric feature.
        factor: above 0.
        rng: draws the new bins.
    """
    edges = _edges(profile, feature)
    if factor == 1 or not edges.cuts:
        return profile
    _, total, square = _known(profile, feature)
    histogram = _redrawn(profile.histograms[feature], _chances(edges, factor, 0.0), rng)
    return with_histogram(profile, feature, histogram, factor * total, factor**2 * square)


def _edges(profile: Profile, feature: int) -> NumericEdges:
    edges = profile.binning.features[feature]
    if not isinstance(edges, NumericEdges):
        raise ValueError(f"expected a numeric feature to move, got the category '{edges.name}'; choose another one")
    return edges


def _known(profile: Profile, feature: int) -> tuple[int, float, float]:
    """Rows with a value, their sum, and the sum of their squares."""
    return int(profile.histograms[feature].sum()), float(profile.totals[feature]), float(profile.squares[feature])


def _chances(edges: NumericEdges, factor: float, step: float) -> Reals:
    """Chance of each new bin (columns) for a row of each old one (rows), (B, B): shares of the moved interval."""
    cuts = np.array(edges.cuts)
    width = edges.deviation if edges.deviation > 0 else max(abs(edges.mean), 1.0)
    bounds = np.concatenate([[cuts[0] - width], cuts, [cuts[-1] + width]])
    # A bin that holds one value alone is as narrow as a float: it goes where its lower end goes.
    narrow = np.diff(bounds) <= 4 * np.spacing(np.abs(bounds[:-1]))
    low, high = factor * bounds[:-1] + step, factor * bounds[1:] + step
    span = np.where(narrow | (high <= low), 1.0, high - low)
    below = np.clip((cuts[None, :] - low[:, None]) / span[:, None], 0.0, 1.0)
    below = np.where(narrow[:, None], (low[:, None] < cuts[None, :]).astype(np.float64), below)
    ends = np.ones((len(low), 1))
    chances: Reals = np.diff(np.hstack([0 * ends, below, ends]), axis=1)
    return chances


def _keep_inside(chances: Reals, edges: NumericEdges) -> None:
    """Rows of the reference's range stay in it: a bin outside gives what it got of them to the bin beside it."""
    lowest, highest = edges.outside
    for outer, beside in ((lowest, lowest + 1), (highest, highest - 1)):
        if beside in (lowest, highest):
            continue
        inside = np.arange(len(chances))[1:-1]
        chances[inside, beside] += chances[inside, outer]
        chances[inside, outer] = 0.0


def _redrawn(histogram: Counts, chances: Reals, rng: np.random.Generator) -> Counts:
    drawn = np.zeros_like(histogram)
    for count, row in zip(histogram.tolist(), chances, strict=True):
        if count:
            drawn += rng.multinomial(count, row / row.sum())
    return drawn
