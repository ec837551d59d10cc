from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tasks.checks.robustness import RobustnessSettings, Shift, judge
from tasks.evidence.candidate import Predict
from tasks.evidence.case import Case
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Outcome
from tasks.evidence.schema import FeatureSchema, Kind
from tests.tasks.checks.challenges import WORLD, challenged
from tests.tasks.checks.portfolios import SCHEMA, by_subject

ALL = tuple(Shift)
SETTINGS = RobustnessSettings(binds=(*ALL[:2], Shift.POPULATION), auc_loss=0.06)


def truth(features: Any) -> Any:
    """The truth, of any row: what is missing counts as middling."""
    return WORLD.truth(features.assign(income=features["income"].fillna(0.0), job=features["job"].fillna("retired")))


def brittle(features: Any) -> Any:
    """The truth of every income as it was, to the last digit; nothing of any other."""
    known = np.round(features["income"], 9).isin(np.round(KNOWN, 9))
    return np.where(known, truth(features), 0.1)


KNOWN = WORLD.draw(4000, 0).features["income"]


def with_population(case: Case, population: Any) -> Case:
    assert case.candidate is not None
    return replace(case, candidate=replace(case.candidate, population=population))


def test_stays_silent_on_a_model_that_bends_and_does_not_break():
    found = by_subject(judge(challenged(truth, truth), SETTINGS, 0))
    assert set(found) == {
        "noise of 0.1 standard deviations", "missing values", "unit errors", "tonight's population",
    }  # fmt: skip
    assert found.pop("unit errors").outcome is Outcome.NOT_APPLICABLE
    assert {one.outcome for one in found.values()} == {Outcome.PASS}, found
    assert all("champion" in one.sentence for one in found.values())


def test_fires_on_a_model_that_learnt_values_by_heart():
    found = by_subject(judge(challenged(brittle), SETTINGS, 0))
    noise = found["noise of 0.1 standard deviations"]
    assert noise.outcome is Outcome.FAIL
    assert "champion" not in noise.sentence


def test_a_unit_error_fails_when_it_binds_and_names_the_feature():
    settings = RobustnessSettings(binds=(Shift.UNIT,))
    found = by_subject(judge(challenged(truth), settings, 0))
    assert found["unit errors"].outcome is Outcome.FAIL
    assert "income times 100" in found["unit errors"].sentence
    (chart,) = found["unit errors"].evidence
    assert isinstance(chart, BarChart)
    assert set(chart.labels) == {"income", "balance"}
    assert found["missing values"].outcome is Outcome.NOT_APPLICABLE
    assert found["missing values"].estimate is not None


def test_missing_values_are_tried_in_categories_too():
    def needs_job(features: Any) -> Any:
        return np.where(features["job"].isna(), 0.99, truth(features))

    found = by_subject(judge(challenged(needs_job), RobustnessSettings(missing=0.3), 0))
    assert found["missing values"].outcome is Outcome.FAIL
    assert "30% of job missing (the worst of 3 features)" in found["missing values"].sentence


def test_another_population_that_the_model_does_not_know_fails():
    def poor_is_unknown(features: Any) -> Any:
        return np.where(features["income"] < -0.5, 0.05, truth(features))

    poor = WORLD.draw(600, 9).features
    poor["income"] -= 1.0
    found = by_subject(judge(with_population(challenged(poor_is_unknown), poor), SETTINGS, 0))
    assert found["tonight's population"].outcome is Outcome.FAIL


def test_a_population_that_the_rows_cannot_stand_for_is_not_judged():
    strangers = WORLD.draw(600, 9).features
    strangers["income"] += 4.0
    found = by_subject(judge(with_population(challenged(truth), strangers), SETTINGS, 0))
    assert found["tonight's population"].outcome is Outcome.INCONCLUSIVE
    assert "are worth" in found["tonight's population"].sentence


def test_without_a_population_there_is_nothing_to_say_of_it():
    nobody = WORLD.draw(10, 9).features.head(0)
    found = by_subject(judge(with_population(challenged(truth), nobody), SETTINGS, 0))
    assert found["tonight's population"].outcome is Outcome.INCONCLUSIVE


def test_a_declared_share_of_a_group_is_tried():
    settings = RobustnessSettings(binds=ALL, group_shares=("origin=B:0.6", "origin=Z:0.5", "age=30:.5"))
    found = by_subject(judge(challenged(truth), settings, 0))
    assert found["origin=B at 60.0%"].outcome is Outcome.PASS
    assert found["origin=Z at 50.0%"].outcome is Outcome.INCONCLUSIVE
    assert found["age=30 at 50.0%"].outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("declared", ["origin=B", "origin:0.5", "origin=B:1.5", "origin=B:0", "origin=B:1", "=B:0.5"])
def test_a_share_that_is_none_is_refused(declared: str):
    with pytest.raises(ValueError, match="expected 'attribute=group:share'"):
        RobustnessSettings(group_shares=(declared,))


def test_few_rows_cannot_tell():
    found = by_subject(judge(challenged(truth, test=250), RobustnessSettings(minimum_events=20, auc_loss=0.005), 0))
    noise = found["noise of 0.1 standard deviations"]
    assert noise.outcome is Outcome.INCONCLUSIVE
    assert noise.needed is not None
    assert noise.needed > 250


def test_a_champion_that_lacks_the_feature_is_not_touched():
    case = challenged(truth, truth)
    assert case.comparison is not None
    own = FeatureSchema(service="old", features=SCHEMA.features[1:])
    older = replace(
        case.comparison, champion_schema=own, champion_features=case.comparison.champion_features[["balance", "job"]],
        champion_predict=lambda features: truth(features.assign(income=0.0)),
    )  # fmt: skip
    found = by_subject(judge(replace(case, comparison=older), RobustnessSettings(binds=(Shift.UNIT,)), 0))
    (chart,) = found["unit errors"].evidence
    assert isinstance(chart, BarChart)
    champion = dict(zip(chart.labels, chart.series[0].values, strict=True))
    assert champion["income"] == 0
    assert champion["balance"]


def test_a_model_of_categories_has_no_numbers_to_spoil():
    schema = FeatureSchema(service="s", features=tuple(one for one in SCHEMA.features if one.kind is Kind.CATEGORICAL))
    case = challenged(truth)
    found = judge(replace(case, schema=schema), SETTINGS, 0)
    assert [one.outcome for one in found[:1]] == [Outcome.NOT_APPLICABLE]


@pytest.mark.parametrize("label", [0, 1])
def test_cannot_judge_a_single_class(label: int):
    rows = WORLD.draw(1000, 1)
    case = challenged(truth, test_rows=replace(rows, label=np.full(1000, label, dtype=np.int8)))
    (finding,) = judge(case, SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("test", [0, 1])
def test_cannot_judge_no_rows(test: int):
    (finding,) = judge(challenged(truth, test=test), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def nowhere(where: Any) -> Predict:
    return lambda features: np.where(where(features), np.nan, truth(features))


def test_a_missing_score_is_no_pass():
    (finding,) = judge(challenged(nowhere(lambda one: one["income"] > 2)), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_score_that_goes_missing_under_a_shift_is_no_pass():
    case = challenged(nowhere(lambda one: one["income"].isna()))
    found = by_subject(judge(case, SETTINGS, 0))
    assert found["missing values"].outcome is Outcome.INCONCLUSIVE
    assert found["noise of 0.1 standard deviations"].outcome is Outcome.PASS


def test_the_same_seed_gives_the_same_findings():
    case = challenged(truth, truth)
    assert judge(case, SETTINGS, 3) == judge(case, SETTINGS, 3)
    assert isinstance(case.candidate.test.features if case.candidate else None, pd.DataFrame)
