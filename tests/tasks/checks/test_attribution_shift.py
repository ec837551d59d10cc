from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tasks.checks.attribution_shift import AttributionShiftSettings, judge
from tasks.evidence.case import Case
from tasks.evidence.finding import Finding, Outcome
from tests.tasks.checks.challenges import WORLD, challenged, logistic
from tests.tasks.checks.portfolios import by_subject

SETTINGS = AttributionShiftSettings()
TRUTH = logistic(WORLD)
TILTED = logistic(WORLD, balance=-2.5)


def found(case: Case) -> dict[str, Finding]:
    return by_subject(judge(case, SETTINGS, 0))


def spread(factor: float) -> Case:
    """Test rows whose balances are wider than those of training."""
    rows = WORLD.draw(4000, 0)
    wider = rows.features.assign(balance=factor * rows.features["balance"])
    return challenged(TRUTH, TRUTH, test_rows=replace(rows, features=wider))


def test_stays_silent_when_nothing_moved():
    found_ = found(challenged(TRUTH, TRUTH))
    assert {name: one.outcome for name, one in found_.items()} == {
        "moved by data": Outcome.PASS,
        "moved by model": Outcome.PASS,
    }
    assert found_["moved by model"].estimate == 0


def test_fires_on_the_data_when_the_rows_are_others():
    found_ = found(spread(5.0))
    assert found_["moved by data"].outcome is Outcome.FAIL
    assert found_["moved by model"].outcome is Outcome.PASS
    assert "balance" in found_["moved by data"].sentence


def test_fires_on_the_model_when_the_rows_are_alike():
    found_ = found(challenged(TRUTH, TILTED))
    assert found_["moved by data"].outcome is Outcome.PASS
    assert found_["moved by model"].outcome is Outcome.FAIL


def test_an_interval_that_reaches_across_the_limit_does_not_pass():
    interval = found(challenged(TRUTH, TILTED))["moved by model"].interval
    assert interval is not None
    for share in (0.1, 0.9):
        settings = AttributionShiftSettings(model=interval.low + share * (interval.high - interval.low))
        one = by_subject(judge(challenged(TRUTH, TILTED), settings, 0))["moved by model"]
        assert one.outcome is Outcome.INCONCLUSIVE
        assert "reaches across" in one.sentence


def test_few_rows_cannot_tell():
    loose = AttributionShiftSettings(minimum_rows=2, data=0.001)
    assert by_subject(judge(challenged(TRUTH, TRUTH, test=50), loose, 0))["moved by data"].outcome is (
        Outcome.INCONCLUSIVE
    )


def test_not_applicable_without_a_champion():
    (finding,) = judge(challenged(TRUTH), SETTINGS, 0)
    assert finding.outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    "changes", [{"attribute": None}, {"attribute": lambda rows: np.zeros((len(rows), 3))}]
)  # fmt: skip
def test_cannot_judge_without_attributions(changes: dict[str, Any]):
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
