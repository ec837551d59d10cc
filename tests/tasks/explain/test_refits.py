from dataclasses import replace

import numpy as np
import pytest

from tasks.evidence.candidate import Candidate
from tasks.explain.refits import RefitPlan, refit_attributions
from tasks.project.errors import DataUnfit
from tests.tasks.checks.challenges import WORLD, challenged, logistic


def candidate(train: int = 2000) -> Candidate:
    made = challenged(logistic(WORLD), train=train, test=200).candidate
    assert made is not None
    return made


def test_refits_of_other_draws_explain_the_same_rows_a_little_otherwise():
    own = candidate()
    found = refit_attributions(own, own.test.features, RefitPlan(5, 500, 3))
    assert found is not None
    assert found.attributions.shape == (5, 200, 3)
    assert found.scale == pytest.approx((1 / 3) ** (1 / 3))
    assert 0 < np.abs(found.attributions).mean(axis=1).std(axis=0).max() < 0.2


def test_a_plan_always_makes_the_same_models():
    own, plan = candidate(), RefitPlan(3, 5000, 3)
    first, again = (refit_attributions(own, own.test.features, plan) for _ in range(2))
    assert first is not None
    assert again is not None
    assert (first.attributions == again.attributions).all()
    assert first.scale == 1


def test_the_scale_never_makes_the_yardstick_of_smaller_models_too_short():
    """Deviations of linear models fall with the root of the rows, faster than the scale allows for."""
    own = candidate(train=8000)

    def deviation(rows: int) -> float:
        found = refit_attributions(own, own.test.features, RefitPlan(60, rows, 3))
        assert found is not None
        shares = np.abs(found.attributions).mean(axis=1)
        return float((found.scale * (shares / shares.sum(axis=1, keepdims=True)).std(axis=0)).mean())

    assert 0.9 < deviation(1000) / deviation(8000) < 2


def test_a_recipe_that_cannot_be_fitted_has_none():
    def refuses(**_: object) -> None:
        raise DataUnfit("too few")

    own = replace(candidate(), refit=refuses)  # type: ignore[arg-type]
    assert refit_attributions(own, own.test.features, RefitPlan(3, 100, 0)) is None
    nothing = replace(candidate(), train=WORLD.draw(0, 1))
    assert refit_attributions(nothing, own.test.features, RefitPlan(3, 100, 0)) is None
