from dataclasses import replace

import numpy as np
import pytest

from tasks.checks.faithfulness import CHECK, FaithfulnessSettings, judge
from tasks.evidence.case import Case
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import LineChart
from tasks.evidence.finding import Finding, Outcome
from tests.tasks.checks.explanations import drawn, gate, told, turned, with_nothing
from tests.tasks.checks.portfolios import by_subject

SETTINGS = FaithfulnessSettings()
CASE = gate()


def judged(case: Case, settings: FaithfulnessSettings = SETTINGS) -> dict[str, Finding]:
    return by_subject(judge(case, settings, 0))


def test_stays_silent_where_the_explanation_names_what_moves_the_score():
    found = judged(CASE)
    assert set(found) == {"deletion", "insertion"}
    for one in found.values():
        assert one.outcome is Outcome.PASS
        assert one.estimate is not None
        assert one.estimate > 0.01
        assert "points" in one.sentence


def test_fires_on_an_explanation_that_points_the_other_way():
    for one in judged(told(CASE, turned)).values():
        assert one.outcome is Outcome.FAIL
        assert "are not those that move the score" in one.sentence


def test_an_explanation_by_lot_does_not_pass():
    found = judged(told(CASE, drawn))
    assert {one.outcome for one in found.values()} == {Outcome.INCONCLUSIVE}
    assert all("by lot" in one.sentence for one in found.values())


def test_an_explanation_of_nothing_does_not_pass():
    found = judged(told(CASE, lambda _, features: np.zeros((len(features), 3))))
    assert Outcome.PASS not in {one.outcome for one in found.values()}


def test_the_gain_that_a_policy_asks_for_decides():
    assert {one.outcome for one in judged(CASE, FaithfulnessSettings(gain=0.5)).values()} == {Outcome.FAIL}


def test_the_curves_begin_and_end_together():
    for one in judged(CASE).values():
        chart = one.evidence[0]
        assert isinstance(chart, LineChart)
        named, random = chart.lines
        assert (named.x[0], named.x[-1]) == (0.0, 1.0)
        assert (named.y[0], random.y[0]) == (0.0, 0.0)
        assert named.y[-1] == pytest.approx(random.y[-1])


def test_few_rows_cannot_tell():
    found = judged(gate(test=60))
    assert {one.outcome for one in found.values()} == {Outcome.INCONCLUSIVE}
    assert found["deletion"].needed == 100


def test_a_model_that_says_one_score_to_all_cannot_be_judged():
    assert CASE.candidate is not None
    flat = replace(CASE, candidate=replace(CASE.candidate, predict=lambda features: np.full(len(features), 0.1)))
    assert {one.outcome for one in judged(flat).values()} == {Outcome.INCONCLUSIVE}


def test_a_missing_score_or_attribution_is_no_pass():
    assert CASE.candidate is not None

    def silent(features: object) -> object:
        return np.where(features["income"] > 2, np.nan, 0.1)  # type: ignore[index]

    without = replace(CASE, candidate=replace(CASE.candidate, predict=silent))
    for case in (without, told(CASE, with_nothing)):
        assert {one.outcome for one in judged(case).values()} == {Outcome.INCONCLUSIVE}


def test_without_rows_or_explanations_it_cannot_judge():
    assert CASE.candidate is not None
    for case in (replace(CASE, candidate=None), replace(CASE, candidate=replace(CASE.candidate, attribute=None))):
        assert {one.outcome for one in judged(case).values()} == {Outcome.INCONCLUSIVE}


def test_the_same_seed_says_the_same():
    assert judge(CASE, SETTINGS, 3) == judge(CASE, SETTINGS, 3)


def test_it_judges_at_the_gate_only():
    assert CHECK.moments == frozenset({Moment.GATE})


def test_a_policy_that_explains_too_few_rows_cannot_tell():
    found = judge(CASE, FaithfulnessSettings(rows=60), 0)
    assert {(one.outcome, one.n, one.needed) for one in found} == {(Outcome.INCONCLUSIVE, 60, 100)}
