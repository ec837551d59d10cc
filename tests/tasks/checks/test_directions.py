from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tasks.checks.directions import DirectionsSettings, judge
from tasks.evidence.exhibit import LineChart
from tasks.evidence.finding import Outcome
from tests.tasks.checks.challenges import WORLD, challenged, logistic
from tests.tasks.checks.portfolios import by_subject

TRUTH = logistic(WORLD)
#: In the world income and balance lower the score.
SETTINGS = DirectionsSettings(decreasing=("income", "balance"))


def bent(features: Any) -> Any:
    """Turns round where income is high: a fifth of the rows see it."""
    return np.where(features["income"] > 0.8, 0.5, TRUTH(features))


def test_stays_silent_on_a_model_that_keeps_its_directions():
    found = by_subject(judge(challenged(TRUTH, TRUTH), SETTINGS, 0))
    assert set(found) == {"income", "balance"}
    assert {one.outcome for one in found.values()} == {Outcome.PASS}
    assert "champion: 0.0%" in found["income"].sentence
    (chart,) = found["income"].evidence
    assert isinstance(chart, LineChart)
    assert len(chart.lines) == 2


def test_fires_on_scores_that_turn_round():
    found = by_subject(judge(challenged(bent), SETTINGS, 0))
    assert found["income"].outcome is Outcome.FAIL
    assert found["balance"].outcome is Outcome.PASS


def test_fires_on_attributions_that_point_the_other_way():
    found = by_subject(judge(challenged(TRUTH), DirectionsSettings(increasing=("income",), tolerance=1.0), 0))
    assert found["income"].outcome is Outcome.FAIL
    assert found["income"].estimate == 0
    assert "against the direction" in found["income"].sentence


def test_a_share_at_the_limit_cannot_be_told():
    case = challenged(lambda rows: np.where(rows["balance"].fillna(1) > 0, TRUTH(rows), bent(rows)))
    share = by_subject(judge(case, SETTINGS, 0))["income"].estimate
    assert share is not None
    finding = by_subject(judge(case, SETTINGS.model_copy(update={"share": share + 0.005}), 0))["income"]
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.needed is not None


@pytest.mark.parametrize(("name", "why"), [("incmoe", "no input"), ("job", "category")])
def test_a_name_that_has_no_direction_is_an_error(name: str, why: str):
    (finding,) = judge(challenged(TRUTH), DirectionsSettings(increasing=(name,)), 0)
    assert finding.outcome is Outcome.ERROR
    assert why in finding.sentence


def test_nothing_declared_is_not_applicable():
    (finding,) = judge(challenged(TRUTH), DirectionsSettings(), 0)
    assert finding.outcome is Outcome.NOT_APPLICABLE


def test_both_directions_at_once_are_refused():
    with pytest.raises(ValidationError, match="got both for income"):
        DirectionsSettings(increasing=("income",), decreasing=("income",))


@pytest.mark.parametrize("test", [0, 1, 40])
def test_cannot_judge_a_few_rows(test: int):
    (finding,) = judge(challenged(TRUTH, test=test), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_cannot_judge_one_value_or_a_missing_score():
    rows = WORLD.draw(500, 1)
    alike = challenged(TRUTH, test_rows=replace(rows, features=rows.features.assign(income=1.0)))
    assert by_subject(judge(alike, SETTINGS, 0))["income"].outcome is Outcome.INCONCLUSIVE
    silent = challenged(lambda features: np.where(features["income"] > 1, np.nan, TRUTH(features)))
    assert by_subject(judge(silent, SETTINGS, 0))["income"].outcome is Outcome.INCONCLUSIVE


def test_without_attributions_the_scores_decide():
    case = challenged(lambda features: TRUTH(features))
    found = by_subject(judge(case, SETTINGS, 0))
    assert {one.outcome for one in found.values()} == {Outcome.PASS}
    assert "no attribution" in found["income"].sentence


def test_the_same_seed_gives_the_same_findings():
    case = challenged(TRUTH, TRUTH)
    assert judge(case, SETTINGS, 3) == judge(case, SETTINGS, 3)
