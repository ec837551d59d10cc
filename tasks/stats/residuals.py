"""Residuals r = label - score, from a profile's counts by group and score bin: what a model of probabilities owes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.profile import Profile

Reals = NDArray[np.float64]

#: Log-odds by which a score may count beyond the mean: further out a single row would outweigh a night.
_CLIP = 2.0

#: Scores are kept this far from 0 and 1, where log-odds are infinite.
_SMALLEST = 1e-4


@dataclass(frozen=True, slots=True)
class ScoreScale:
    """The clipped, centred log-odds g(s) of each score bin, fixed by the reference.

    Attributes:
        g: one a score bin, (S,), in [-2, 2].
        log_odds: unclipped and centred, (S,).
        variance: p (1 - p) of each bin, (S,).
    """

    g: Reals
    log_odds: Reals
    variance: Reals


def score_scale(reference: Profile) -> ScoreScale:
    """Make the scale from the labelled rows of the reference, every row at the mean score of its bin."""
    counts = reference.positives[0] + reference.negatives[0]
    cuts = np.concatenate([[0.0], reference.binning.score_cuts, [1.0]])
    middle = np.clip((cuts[1:] + cuts[:-1]) / 2, _SMALLEST, 1 - _SMALLEST)
    means = np.divide(reference.labelled_score_totals[0], counts, out=middle.copy(), where=counts > 0)
    means = np.clip(means, _SMALLEST, 1 - _SMALLEST)
    log_odds = np.log(means / (1 - means))
    centred = log_odds - float(counts @ log_odds) / max(int(counts.sum()), 1)
    return ScoreScale(np.clip(centred, -_CLIP, _CLIP), centred, means * (1 - means))


def labelled_rows(profile: Profile) -> Reals:
    """Rows with a known label by group and score bin, (G, S)."""
    rows: Reals = (profile.positives + profile.negatives).astype(np.float64)
    return rows


def residual_totals(profile: Profile) -> Reals:
    """Sum of r by group and score bin, (G, S)."""
    totals: Reals = profile.positives - profile.labelled_score_totals
    return totals


def slope_unit(profile: Profile, scale: ScoreScale) -> Reals:
    """E[p (1 - p) (s - mean s) g] by group, (G,): by how much the mean of r g moves for a slope that is off by 1."""
    rows = labelled_rows(profile)
    total = rows @ (scale.variance * scale.log_odds * scale.g)
    unit: Reals = np.divide(total, rows.sum(axis=1), out=np.zeros(len(rows)), where=rows.sum(axis=1) > 0)
    return unit
