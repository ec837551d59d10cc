from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.checks.churn import ChurnSettings, judge
from tasks.evidence.case import Case
from tasks.evidence.finding import Finding, Outcome
from tests.tasks.checks.challenges import WORLD, World, challenged, logistic
from tests.tasks.checks.portfolios import by_subject

SETTINGS = ChurnSettings()
SHARE, ALL, B = "decisions", "all rows: winners and losers", "origin=B: winners and losers"


def judged(case: Case, settings: ChurnSettings = SETTINGS) -> dict[str, Finding]:
    return by_subject(judge(case, settings, 0))


def gate(world: World = WORLD, **moved: float) -> Case:
    return challenged(logistic(WORLD, **moved), logistic(WORLD), world=world)


def against_b(case: Case, log_odds: float) -> Case:
    """The challenger scores origin B as riskier."""
    assert case.candidate is not None
    assert case.comparison is not None
    b = (case.candidate.test.protected["origin"] == "B").to_numpy()
    score = case.comparison.challenger_score
    raised = 1 / (1 + np.exp(-(np.log(score / (1 - score)) + log_odds * b)))
    return replace(case, comparison=replace(case.comparison, challenger_score=raised))


def test_stays_silent_when_hardly_anything_changes():
    found = judged(gate(income=-0.92))
    assert {one.outcome for one in found.values()} == {Outcome.PASS}
    assert set(found) == {
        SHARE, ALL, *(f"{one}: winners and losers" for one in ("origin=A", "origin=B", "sex=female", "sex=male")),
    }  # fmt: skip


def test_the_figures_are_those_of_the_rows():
    case = gate(income=-0.3)
    assert case.comparison is not None
    before, after = case.comparison.champion_score < 0.3, case.comparison.challenger_score < 0.3
    found = judged(case)
    assert found[SHARE].estimate == pytest.approx((before != after).mean())
    assert found[ALL].estimate == pytest.approx(before.mean() - after.mean())


def test_fires_on_many_changed_decisions_though_as_many_win_as_lose():
    found = judged(gate(income=0.9), ChurnSettings(net_loss=0.2))
    assert found[SHARE].outcome is Outcome.FAIL
    assert found[ALL].outcome is Outcome.PASS


def test_fires_on_a_group_that_loses():
    found = judged(against_b(gate(), 1.0))
    assert found[B].outcome is Outcome.FAIL
    assert found[B].estimate is not None
    assert found[B].estimate > 0.1
    assert found["origin=A: winners and losers"].outcome is Outcome.PASS
    assert found[B].evidence


def test_a_group_that_wins_does_not_fail():
    assert judged(against_b(gate(), -1.0))[B].outcome is Outcome.PASS


def test_each_model_decides_at_its_own_threshold():
    case = gate()
    assert case.comparison is not None
    stricter = replace(case, comparison=replace(case.comparison, challenger_threshold=0.15))
    assert judged(stricter)[SHARE].outcome is Outcome.FAIL


def test_the_favourable_side_decides_who_loses():
    case = against_b(gate(), 1.0)
    other = judged(replace(case, favourable_above=True))[B]
    assert other.estimate == pytest.approx(-(judged(case)[B].estimate or 0.0))
    assert other.outcome is Outcome.PASS


def test_small_groups_are_named_and_hidden():
    case = gate(World(origin_b=0.002))
    found = judged(case)
    assert B not in found
    assert found["small groups"].outcome is Outcome.INCONCLUSIVE
    assert "origin=B" in found["small groups"].sentence


def test_many_groups_take_a_few_findings():
    case = gate()
    assert case.candidate is not None
    test = case.candidate.test
    towns = np.array([f"town {i % 20}" for i in range(len(test.label))], dtype=object)
    crowded = replace(test, protected=test.protected.assign(town=towns))
    findings = judge(replace(case, candidate=replace(case.candidate, test=crowded)), SETTINGS, 0)
    assert len(findings) <= 12
    assert by_subject(findings)["other groups: winners and losers"].estimate is not None


def test_not_applicable_without_a_champion():
    (finding,) = judge(challenged(logistic(WORLD)), SETTINGS, 0)
    assert finding.outcome is Outcome.NOT_APPLICABLE


def test_cannot_judge_a_missing_score_or_no_rows():
    case = gate()
    assert case.comparison is not None
    holes = case.comparison.champion_score.copy()
    holes[5] = np.nan
    nobody = challenged(logistic(WORLD), logistic(WORLD), test_rows=WORLD.draw(0, 1))
    for broken in (replace(case, comparison=replace(case.comparison, champion_score=holes)), nobody):
        (finding,) = judge(broken, SETTINGS, 0)
        assert finding.outcome is Outcome.INCONCLUSIVE


@settings(max_examples=25, deadline=None)
@given(st.floats(0.02, 0.98), st.floats(0.02, 0.98), st.booleans())
def test_what_one_model_gains_the_other_way_round_is_lost(champion: float, challenger: float, above: bool):
    def losses(**thresholds: Any) -> tuple[float, float]:
        case = challenged(logistic(WORLD, income=-0.5), logistic(WORLD), test=200, train=50)
        assert case.comparison is not None
        c = case.comparison
        if thresholds["swapped"]:
            c = replace(
                c, champion_score=c.challenger_score, challenger_score=c.champion_score,
                champion_threshold=challenger, challenger_threshold=champion,
            )  # fmt: skip
        else:
            c = replace(c, champion_threshold=champion, challenger_threshold=challenger)
        found = judged(replace(case, comparison=c, favourable_above=above))
        return found[SHARE].estimate or 0.0, found[ALL].estimate or 0.0

    (share, loss), (share_back, loss_back) = losses(swapped=False), losses(swapped=True)
    assert share == pytest.approx(share_back)
    assert loss == pytest.approx(-loss_back)
