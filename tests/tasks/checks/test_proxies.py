from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tasks.checks.proxies import ProxiesSettings, judge
from tasks.evidence.case import Case
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Finding, Outcome
from tasks.project.errors import DataUnfit
from tests.tasks.checks.challenges import WORLD, Known, challenged, logistic
from tests.tasks.checks.portfolios import by_subject

SETTINGS = ProxiesSettings()
TRUTH = logistic(WORLD)
#: Leans on the balance, which the champion leaves alone.
LEANING, BLIND = logistic(WORLD, balance=-0.6), logistic(WORLD, balance=0.0)


def standing(challenger: Known, champion: Known | None, test: int = 3000, higher: float = 1.5) -> Case:
    """Rows whose balance stands for origin B: so many standard deviations higher there."""
    rows = WORLD.draw(test, 1)
    b = (rows.protected["origin"] == "B").to_numpy(float)
    there = rows.features.assign(balance=rows.features["balance"] + higher * b)
    return challenged(challenger, champion, test_rows=replace(rows, features=there))


def found(case: Case, settings: ProxiesSettings = SETTINGS) -> dict[str, Finding]:
    return by_subject(judge(case, settings, 0))


def test_stays_silent_when_the_champion_leaned_on_it_as_well():
    found_ = found(standing(TRUTH, TRUTH))
    assert set(found_) == {"origin", "sex", "new proxies"}
    assert {one.outcome for one in found_.values()} == {Outcome.PASS}
    assert "1 pairs have a feature that stands for the group" in found_["new proxies"].sentence


def test_fires_on_a_new_proxy():
    found_ = found(standing(LEANING, BLIND))
    proxy = found_["balance for origin=B"]
    assert proxy.outcome is found_["new proxies"].outcome is found_["origin"].outcome is Outcome.FAIL
    assert proxy.estimate == pytest.approx(0.9 * 0.6 * 1.5, abs=0.1)  # a tenth of the balances is missing
    assert proxy.limit is not None
    assert found_["sex"].outcome is not Outcome.FAIL


def test_a_proxy_that_was_dropped_is_none():
    found_ = found(standing(BLIND, LEANING))
    assert "balance for origin=B" not in found_
    assert found_["new proxies"].outcome is Outcome.PASS


def test_what_the_features_carry_sums_to_the_gap():
    (chart,) = found(standing(LEANING, BLIND))["origin"].evidence
    assert isinstance(chart, BarChart)
    case = standing(LEANING, BLIND)
    assert case.candidate is not None
    test = case.candidate.test
    margin = LEANING.attribute(test.features).sum(axis=1)
    inside = (test.protected["origin"] == "B").to_numpy()
    carried = sum(value or 0 for value in chart.series[0].values)
    assert carried == pytest.approx(margin[inside].mean() - margin[~inside].mean(), abs=1e-6)


def test_a_feature_that_does_not_tell_the_group_is_no_proxy():
    found_ = found(challenged(LEANING, BLIND))
    assert found_["new proxies"].outcome is Outcome.PASS
    assert "0 pairs have a feature that stands for the group" in found_["new proxies"].sentence


def test_a_growth_that_cannot_be_ruled_out_is_no_pass():
    case = standing(TRUTH, TRUTH)
    assert found(case, ProxiesSettings(harm=0.01))["new proxies"].outcome is Outcome.INCONCLUSIVE


def test_a_feature_that_may_stand_for_a_group_and_carries_much_more_is_no_pass():
    found_ = found(standing(logistic(WORLD, balance=-1.5), BLIND, higher=0.3))
    finding = found_["new proxies"]
    assert "0 pairs have a feature that stands for the group" in finding.sentence
    assert "of 1 that do or may" in finding.sentence
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_an_attribute_that_no_row_has_is_named_and_not_passed():
    case = standing(TRUTH, TRUTH)
    assert case.candidate is not None
    nobody = case.candidate.test.protected.assign(origin=None)
    test = replace(case.candidate.test, protected=nobody)
    found_ = found(replace(case, candidate=replace(case.candidate, test=test)))
    assert "origin, of which no row has a value" in found_["new proxies"].sentence
    assert found_["new proxies"].outcome is Outcome.INCONCLUSIVE


def test_a_small_group_is_named_and_not_passed():
    finding = found(standing(TRUTH, TRUTH), ProxiesSettings(minimum_rows=900))["new proxies"]
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "origin=B" in finding.sentence


def test_not_applicable_without_a_champion():
    (finding,) = judge(standing(TRUTH, None), SETTINGS, 0)
    assert finding.outcome is Outcome.NOT_APPLICABLE


def refuses(**_: object) -> None:
    raise DataUnfit("too few")


@pytest.mark.parametrize(
    "changes",
    [{"attribute": None}, {"refit": refuses}, {"attribute": lambda rows: np.zeros((len(rows), 3))},
     {"attribute": lambda rows: np.full((len(rows), 3), np.nan)}],
)  # fmt: skip
def test_cannot_judge_without_attributions_or_refits(changes: dict[str, Any]):
    case = standing(TRUTH, TRUTH)
    assert case.candidate is not None
    (finding,) = judge(replace(case, candidate=replace(case.candidate, **changes)), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("test", [0, 1, 150])
def test_cannot_judge_a_few_rows(test: int):
    (finding,) = judge(challenged(TRUTH, TRUTH, test=test), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_the_same_seed_gives_the_same_findings():
    case = standing(LEANING, BLIND)
    assert judge(case, SETTINGS, 3) == judge(case, SETTINGS, 3)
