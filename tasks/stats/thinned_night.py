"""More or fewer rows of a night, in a profile."""

from __future__ import annotations

from dataclasses import replace
from math import floor

import numpy as np

from tasks.evidence.profile import Counts, Profile
from tasks.stats.subsets import drawn, drawn_of_groups, groups_by_attribute


def scaled_volume(profile: Profile, factor: float, rng: np.random.Generator) -> Profile:
    """A night with `factor` times the rows: rows left out at random, or whole copies of the night; 1 changes nothing.

    Args:
        profile: the night.
        factor: above 0.
        rng: draws the rows that stay.
    """
    whole = floor(factor)
    copies = [profile] * whole
    rest = thinned(profile, factor - whole, rng) if factor > whole else None
    parts = [*copies, *([rest] if rest is not None else [])]
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merge(part)
    return merged


def thinned(profile: Profile, share: float, rng: np.random.Generator) -> Profile:
    """A share of a night's rows, chosen at random. Counts stay whole and agree with each other; sums are in proportion.

    Args:
        profile: the night.
        share: in [0, 1].
        rng: draws the rows.
    """
    rows, attributed = round(profile.rows * share), round(profile.attributed * share)
    kept = rows / profile.rows if profile.rows else 0.0
    histograms = [drawn_of_groups(rng, histogram, profile.rows, rows) for histogram in profile.histograms]
    served = np.minimum(np.round(profile.served * kept).astype(np.int64), rows)
    scored, positives, negatives = _tables(profile, rows, rng)
    sums = {name: getattr(profile, name) * kept for name in _SUMS}
    return replace(
        profile,
        rows=rows,
        histograms=tuple(histograms),
        nulls=np.array([rows - int(histogram.sum()) for histogram in histograms], dtype=np.int64),
        scored=scored,
        positives=positives,
        negatives=negatives,
        attributed=attributed,
        attribution_histograms=tuple(drawn(rng, one, attributed) for one in profile.attribution_histograms),
        served=served,
        matured=round(profile.matured * kept),
        explored=round(profile.explored * kept),
        **sums,
    )


_SUMS = (
    "totals", "squares", "score_totals", "labelled_score_totals", "squared_errors", "score_variances",
    "attribution_totals", "attribution_squares", "attribution_magnitudes", "magnitude_cross", "rank_cross",
    "attribution_rank_cross", "awaited", "age_totals",
)  # fmt: skip


def _tables(profile: Profile, rows: int, rng: np.random.Generator) -> tuple[Counts, Counts, Counts]:
    """Rows, labels of 1 and labels of 0 by group and score bin, of `rows` of the rows."""
    known = (profile.positives, profile.negatives)
    kinds = np.stack([*known, profile.scored - known[0] - known[1]])  # of each label, or none: (3, G, S)
    _, _, bins = kinds.shape
    kept = np.zeros_like(kinds)
    kept[:, 0, :] = drawn(rng, kinds[:, 0, :].ravel(), rows).reshape(3, bins)
    for groups in groups_by_attribute(tuple(group.attribute for group in profile.binning.groups)):
        for kind in range(3):
            for cell in range(bins):
                own = kinds[kind, list(groups), cell]
                if own.any():
                    kept[kind, list(groups), cell] = drawn_of_groups(
                        rng, own, int(kinds[kind, 0, cell]), int(kept[kind, 0, cell])
                    )
    return kept.sum(axis=0), kept[0], kept[1]
