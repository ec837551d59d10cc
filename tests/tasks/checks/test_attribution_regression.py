from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tasks.checks.attribution_regression import AttributionRegressionSettings, judge
from tasks.evidence.action import Action
from tasks.evidence.case import Case
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.lineage import SourceColumn
from tasks.evidence.schema import FeatureSchema
from tasks.project.errors import DataUnfit
from tests.tasks.checks.challenges import WORLD, challenged, logistic
from tests.tasks.checks.portfolios import SCHEMA, by_subject

SETTINGS = AttributionRegressionSettings()
TRUTH = logistic(WORLD)
#: Rests twice as much on the balance as the world does.
TILTED = logistic(WORLD, balance=-1.4)


def found(case: Case, **limits: Any) -> dict[str, Finding]:
    return by_subject(judge(case, AttributionRegressionSettings(**limits), 0))


def test_stays_silent_on_two_models_alike():
    found_ = found(challenged(TRUTH, TRUTH))
    assert set(found_) == {"features", "feature views", "order", "sign", "magnitude"}
    assert found_["features"].outcome is found_["feature views"].outcome is Outcome.PASS
    assert "0 changed" in found_["features"].sentence
    assert {found_[name].outcome for name in ("order", "sign", "magnitude")} == {Outcome.NOT_APPLICABLE}


def test_fires_and_asks_when_the_effects_differ():
    found_ = found(challenged(TRUTH, TILTED))
    assert {"balance", "income"} <= set(found_)
    balance = found_["balance"]
    assert balance.outcome is Outcome.FAIL
    assert balance.calls_for is found_["features"].calls_for is found_["feature views"].calls_for is Action.ASK
    assert balance.estimate is not None
    assert balance.limit is not None
    assert balance.interval is not None
    assert balance.interval.high < 0
    assert balance.interval.high - balance.estimate == pytest.approx(balance.limit)


def test_a_declared_proxy_that_grows_is_left_to_the_policy_and_one_that_shrinks_asks():
    grown = found(challenged(TILTED, TRUTH), proxies=("balance",))["balance"]
    assert grown.outcome is Outcome.FAIL
    assert grown.calls_for is None
    assert "declared a proxy" in grown.sentence
    assert found(challenged(TRUTH, TILTED), proxies=("balance",))["balance"].calls_for is Action.ASK


def test_a_change_against_the_declared_direction_is_left_to_the_policy():
    against = found(challenged(TILTED, TRUTH), increasing=("balance",))["balance"]
    assert against.calls_for is None
    assert "against its declared direction" in against.sentence
    assert found(challenged(TILTED, TRUTH), decreasing=("balance",))["balance"].calls_for is Action.ASK


def test_an_input_that_one_model_lacks_is_named_as_such():
    case = challenged(TRUTH, TRUTH)
    assert case.comparison is not None
    narrow = FeatureSchema(service="old", features=SCHEMA.features[1:])
    explains = case.comparison.champion_attribute
    assert explains is not None
    theirs = case.comparison.champion_features[["balance", "job"]]
    other = replace(
        case.comparison, champion_schema=narrow, champion_features=theirs,
        champion_attribute=lambda rows: TRUTH.attribute(rows.assign(income=0.0))[:, 1:],
    )  # fmt: skip
    income = found(replace(case, comparison=other))["income"]
    assert "only one of the models takes it" in income.sentence


def test_feeds_are_judged_and_columns_shown_where_the_lineage_is_known():
    form = SourceColumn(name="income", view="application", feed="forms")
    books = SourceColumn(name="balance", view="accounts", feed="books")
    origins = {"income": (form,), "balance": (form, books), "job": (form,)}
    made = FeatureSchema(
        service="s",
        features=tuple(one.model_copy(update={"made_from": origins[one.name]}) for one in SCHEMA.features),
    )
    found_ = found(replace(challenged(TRUTH, TILTED), schema=made))
    assert found_["feeds"].outcome is Outcome.FAIL
    (chart,) = found_["source columns"].evidence
    assert isinstance(chart, BarChart)
    assert sum(value or 0 for value in chart.series[0].values) == pytest.approx(1)


def test_a_yardstick_that_sees_too_little_is_no_pass():
    findings = judge(challenged(TRUTH, TRUTH, train=150), AttributionRegressionSettings(visible=0.01), 0)
    assert findings[0].subject == "features"
    assert findings[0].outcome is Outcome.INCONCLUSIVE


def test_not_applicable_without_a_champion():
    (finding,) = judge(challenged(TRUTH), SETTINGS, 0)
    assert finding.outcome is Outcome.NOT_APPLICABLE


def refuses(**_: object) -> None:
    raise DataUnfit("too few")


@pytest.mark.parametrize(
    "changes",
    [{"attribute": None}, {"refit": refuses}, {"attribute": lambda rows: np.zeros((len(rows), 3))},
     {"attribute": lambda rows: np.full((len(rows), 3), np.nan)}],
)  # fmt: skip
def test_cannot_judge_without_attributions_or_refits(changes: dict[str, Any]):
    case = challenged(TRUTH, TRUTH)
    assert case.candidate is not None
    (finding,) = judge(replace(case, candidate=replace(case.candidate, **changes)), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("test", [0, 1, 150])
def test_cannot_judge_a_few_rows(test: int):
    (finding,) = judge(challenged(TRUTH, TRUTH, test=test), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_the_same_seed_gives_the_same_findings():
    case = challenged(TRUTH, TILTED)
    assert judge(case, SETTINGS, 3) == judge(case, SETTINGS, 3)


@pytest.mark.parametrize("field", ["proxies", "increasing", "decreasing"])
def test_a_declared_name_that_neither_model_takes_is_an_error(field: str):
    settings = AttributionRegressionSettings.model_validate({field: ("incme",)})
    finding = by_subject(judge(challenged(TRUTH, TRUTH), settings, 0))["incme"]
    assert finding.outcome is Outcome.ERROR
    assert "correct the name" in finding.sentence
