from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tasks.checks.small_changes import SmallChangesSettings, judge
from tasks.evidence.finding import Outcome
from tasks.evidence.schema import FeatureSchema, Kind
from tests.tasks.checks.challenges import WORLD, challenged, logistic
from tests.tasks.checks.portfolios import SCHEMA, by_subject

SETTINGS = SmallChangesSettings()
TRUTH = logistic(WORLD)


def steep(features: Any) -> Any:
    """Turns over a dozen times within a standard deviation of income."""
    return np.where(np.sin(40 * features["income"]) > 0, 0.8, 0.1)


def test_stays_silent_on_a_smooth_model():
    found = by_subject(judge(challenged(TRUTH, TRUTH), SETTINGS, 0))
    assert set(found) == {"all numbers", "one number"}
    assert {one.outcome for one in found.values()} == {Outcome.PASS}
    assert "under the champion" in found["all numbers"].sentence


def test_fires_on_a_model_that_turns_over_at_every_step():
    found = by_subject(judge(challenged(steep), SETTINGS, 0))
    assert found["all numbers"].outcome is Outcome.FAIL
    assert "champion" not in found["all numbers"].sentence


def test_decisions_near_the_threshold_flip_more_often():
    finding = judge(challenged(TRUTH), SETTINGS, 0)[0]
    (chart,) = finding.evidence
    everyone, near = chart.series[0].values  # type: ignore[union-attr]
    assert everyone == finding.estimate
    assert near is not None
    assert everyone is not None
    assert near > 2 * everyone


def test_a_share_at_the_limit_cannot_be_told():
    share = judge(challenged(TRUTH), SETTINGS, 0)[0].estimate
    assert share is not None
    finding = judge(challenged(TRUTH), SmallChangesSettings(flips=share + 0.01), 0)[0]
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.needed is not None


def test_no_row_is_near_a_threshold_that_nobody_reaches():
    finding = judge(challenged(TRUTH, threshold=1.0), SETTINGS, 0)[0]
    assert finding.outcome is Outcome.PASS
    assert "near the threshold" not in finding.sentence


def test_a_model_of_categories_has_no_numbers_to_move():
    schema = FeatureSchema(service="s", features=tuple(one for one in SCHEMA.features if one.kind is Kind.CATEGORICAL))
    (finding,) = judge(replace(challenged(TRUTH), schema=schema), SETTINGS, 0)
    assert finding.outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("test", [0, 1, 40])
def test_cannot_judge_a_few_rows(test: int):
    (finding,) = judge(challenged(TRUTH, test=test), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_missing_score_is_no_pass():
    case = challenged(lambda features: np.where(features["income"] > 2, np.nan, TRUTH(features)))
    (finding,) = judge(case, SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_single_class_is_no_hindrance():
    """Whether a decision holds has nothing to do with what happened."""
    rows = WORLD.draw(1000, 1)
    case = challenged(TRUTH, test_rows=replace(rows, label=np.zeros(1000, dtype=np.int8)))
    assert {one.outcome for one in judge(case, SETTINGS, 0)} == {Outcome.PASS}


def test_the_same_seed_gives_the_same_findings():
    case = challenged(TRUTH, TRUTH)
    assert judge(case, SETTINGS, 3) == judge(case, SETTINGS, 3)
