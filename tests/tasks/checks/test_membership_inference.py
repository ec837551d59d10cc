from dataclasses import replace

import numpy as np
import pytest

from tasks.checks.membership_inference import MembershipInferenceSettings, judge
from tasks.evidence.case import Case
from tasks.evidence.finding import Finding, Outcome
from tests.tasks.checks.challenges import WORLD, World, challenged, logistic

SETTINGS = MembershipInferenceSettings()


def gate(memory: float = 0.0, rows: int = 8000, test: World = WORLD) -> Case:
    """A case whose model is drawn towards the labels of its training rows."""
    case = challenged(logistic(WORLD), train=rows, test=rows)
    assert case.candidate is not None
    train = case.candidate.train
    remembered = replace(train, score=(1 - memory) * train.score + memory * train.label)
    others = test.draw(rows, 9)
    return replace(case, candidate=replace(case.candidate, train=remembered, test=others))


def judged(case: Case) -> Finding:
    (finding,) = judge(case, SETTINGS, 0)
    return finding


def test_stays_silent_on_a_model_that_remembers_nobody():
    found = judged(gate())
    assert found.outcome is Outcome.PASS
    assert found.estimate == pytest.approx(0.5, abs=0.02)
    assert "in the 186 days between" in found.sentence


def test_fires_on_a_model_that_remembers():
    assert judged(gate(0.15)).outcome is Outcome.FAIL


def test_more_events_later_are_no_memory():
    """Compared within a label; the scores of the test rows are right there as well."""
    case = gate(test=World(intercept=-0.8))
    assert judged(case).outcome is not Outcome.FAIL


def test_only_the_nearest_rows_in_time_are_compared():
    case = gate(rows=12_000)
    assert case.candidate is not None
    train = case.candidate.train
    old = np.arange(12_000) < 6000
    remembered = replace(train, score=np.where(old, train.label, train.score))
    assert judged(replace(case, candidate=replace(case.candidate, train=remembered))).outcome is Outcome.PASS


def test_few_rows_cannot_tell_and_say_how_many_would():
    found = judged(gate(0.1, rows=300))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.needed is not None


@pytest.mark.parametrize("rows", [0, 3, 100])
def test_cannot_judge_without_rows(rows: int):
    assert judged(gate(rows=rows)).outcome is Outcome.INCONCLUSIVE


def test_cannot_judge_without_a_challenger_a_score_or_a_label_on_both_sides():
    case = gate(rows=1000)
    assert case.candidate is not None
    train, test = case.candidate.train, case.candidate.test
    holes = replace(train, score=np.where(np.arange(1000) == 3, np.nan, train.score))
    ones, zeros = replace(train, label=np.ones(1000, np.int8)), replace(test, label=np.zeros(1000, np.int8))
    for broken in (
        replace(case, candidate=None),
        replace(case, candidate=replace(case.candidate, train=holes)),
        replace(case, candidate=replace(case.candidate, train=ones, test=zeros)),
    ):
        assert judged(broken).outcome is Outcome.INCONCLUSIVE
