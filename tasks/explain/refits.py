"""Refits: how models of one recipe, each fitted to another draw of its rows, explain the same rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Candidate
from tasks.evidence.frame import Frame
from tasks.project.errors import AttributionMismatch, DataUnfit

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RefitPlan:
    """How the recipe is fitted again.

    Attributes:
        refits: models, each from rows drawn with replacement.
        rows: most training rows of each.
        seed: draws the rows. Two checks with the same plan fit the same models.
    """

    refits: int
    rows: int
    seed: int


@dataclass(frozen=True, slots=True)
class Refits:
    """What the refits say of some rows.

    Attributes:
        attributions: shape (refits, n, F), in the order of the challenger's schema.
        scale: factor on a deviation between these refits that makes it one between models of full size.
    """

    attributions: Reals
    scale: float


def refit_attributions(candidate: Candidate, features: Frame, plan: RefitPlan) -> Refits | None:
    """Fit the recipe to bootstrap draws of the training rows, and attribute some rows by each model.

    A deviation between models falls with the root of their rows, so one between models of m rows is sqrt(m / n) times
    as large among models of n (the m-out-of-n bootstrap: Bickel, Goetze & van Zwet 1997).

    Args:
        candidate: the challenger with its rows and recipe.
        features: the rows to attribute, as the challenger sees them, shape (n, F).
        plan: how many, of how many rows, by which seed.

    Returns:
        The attributions, or None where the recipe cannot be fitted or explained.
    """
    total = len(candidate.train.label)
    size = min(plan.rows, total)
    if size == 0:
        return None
    rng = np.random.default_rng(plan.seed)
    found = []
    for _ in range(plan.refits):
        try:
            model = candidate.refit(rows=np.sort(rng.integers(0, total, size)))
            found.append(model.attribute(features))
        except (DataUnfit, AttributionMismatch):
            return None
    return Refits(np.stack(found), float(np.sqrt(size / total)))
