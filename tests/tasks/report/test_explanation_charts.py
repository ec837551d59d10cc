from __future__ import annotations

from dataclasses import replace

import numpy as np

from tasks.models.model_explanation import FeatureSpread
from tasks.report.explanation_charts import STEPS, beeswarm, dependence, waterfall
from tests.tasks.models.explained_night import explained_night


def spread(**changes: object) -> FeatureSpread:
    rng = np.random.default_rng(0)
    values, contributions = rng.standard_normal(50), rng.standard_normal(50)
    return replace(FeatureSpread("f", "a feature", 0.5, contributions, values, None), **changes)  # type: ignore[arg-type]


def test_a_case_is_drawn_from_all_cases_to_itself():
    (case,) = explained_night().cases(0)
    drawn = str(waterfall(case, "k"))
    assert "all cases" in drawn
    assert "this case" in drawn
    assert f"{case.base:.2f}" in drawn


def test_features_beyond_the_first_are_drawn_together():
    (case,) = explained_night().cases(0)
    many = replace(case, parts=tuple(case.parts[0] for _ in range(STEPS + 4)))
    assert "4 others together" in str(waterfall(many, "k"))


def test_a_case_that_nothing_moved_is_drawn_too():
    (case,) = explained_night().cases(0)
    still = replace(case, parts=tuple(replace(part, contribution=0.0) for part in case.parts))
    assert "this case" in str(waterfall(still, "k"))


def test_rows_without_a_value_and_categories_have_their_own_marks():
    missing = spread(values=np.full(50, np.nan))
    category = spread(values=None, levels=np.array(["a", None] * 25, dtype=object))
    drawn = str(beeswarm((spread(), missing, category), "log-odds", "k"))
    assert drawn.count("a feature") >= 3


def test_a_number_and_a_category_are_drawn_by_their_value():
    assert "a feature" in str(dependence(spread(), "log-odds", "k"))
    levels = np.array(["a", None] * 25, dtype=object)
    drawn = str(dependence(spread(values=None, levels=levels), "log-odds", "k"))
    assert "not known" in drawn


def test_a_number_that_is_never_known_is_drawn():
    assert "not known" in str(dependence(spread(values=np.full(50, np.nan)), "log-odds", "k"))
