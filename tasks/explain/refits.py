"""Refits: how models of one recipe, each fitted to another part of its rows, explain the same rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Candidate
from tasks.evidence.frame import Frame
from tasks.project.errors import AttributionMismatch, DataUnfit
from tasks.stats.explained_fits import Plan, explained_fits

Reals = NDArray[np.float64]

#: How fast deviations fall with rows. A mean's fall with the root; shares of boosted trees with the power 0.39, as
#: measured at 5,000 rows. With a third the yardstick is rather too long than too short.
_POWER = 1 / 3


@dataclass(frozen=True, slots=True)
class RefitPlan:
    """How the recipe is fitted again.

    Attributes:
        refits: models, each of another half of the rows.
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
    """Fit the recipe to halves of the training rows, drawn without replacement, and attribute some rows by each model.

    Models of halves differ among each other as models of fresh rows of the whole size do (the delete-half jackknife:
    Shao & Wu 1989). Bootstrap draws, where a third of the rows is there twice, make deviations a fifth too small for
    the largest shares (`tests/statistics/test_attribution_promises.py`). Where a half is more than the plan allows,
    m of n rows are drawn, and deviations times (m / (n - m))^(1/3).

    Args:
        candidate: the challenger with its rows and recipe.
        features: the rows to attribute, as the challenger sees them, shape (n, F).
        plan: how many, of how many rows, by which seed.

    Returns:
        The attributions, or None where the recipe cannot be fitted, or a fit has no comparable attributions.
    """
    total = len(candidate.train.label)
    size = min(plan.rows, total // 2)
    if size == 0:
        return None
    rng = np.random.default_rng(plan.seed)
    plans = [Plan(np.sort(rng.permutation(total)[:size])) for _ in range(plan.refits)]
    try:
        found = explained_fits(candidate.refit, features, plans)
    except (DataUnfit, AttributionMismatch):
        return None
    return Refits(found, float((size / (total - size)) ** _POWER))
