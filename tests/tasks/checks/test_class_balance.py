from dataclasses import replace

import numpy as np
import pytest

from tasks.checks.class_balance import ClassBalanceSettings, judge
from tasks.evidence.case import Case
from tasks.evidence.finding import Outcome
from tests.tasks.checks.challenges import WORLD, World, challenged, logistic
from tests.tasks.checks.portfolios import by_subject

SETTINGS = ClassBalanceSettings()
RARER, EACH, SHIFT = "rarer label in training", "events per feature", "shift of the share of label 1"


def gate(train: World = WORLD, test: World = WORLD, rows: int = 4000) -> Case:
    case = challenged(logistic(WORLD), world=train, train=rows, test=rows)
    assert case.candidate is not None
    return replace(case, candidate=replace(case.candidate, test=test.draw(rows, 7)))


def test_stays_silent_on_labels_of_one_population():
    found = by_subject(judge(gate(), SETTINGS, 0))
    assert {one.outcome for one in found.values()} == {Outcome.PASS}
    assert set(found) == {RARER, EACH, SHIFT}


def test_fires_on_a_label_that_is_rare():
    found = by_subject(judge(gate(World(intercept=-8.0), World(intercept=-8.0)), SETTINGS, 0))
    assert found[RARER].outcome is Outcome.FAIL


def test_fires_on_few_events_for_the_features_and_says_how_many_rows_would_do():
    found = by_subject(judge(gate(rows=60), ClassBalanceSettings(events_per_feature=50), 0))[EACH]
    assert found.outcome is Outcome.FAIL
    assert found.needed is not None
    assert found.needed > 60


def test_fires_when_the_test_has_another_share():
    found = by_subject(judge(gate(test=World(intercept=0.0)), SETTINGS, 0))[SHIFT]
    assert found.outcome is Outcome.FAIL
    assert found.estimate is not None
    assert found.estimate == pytest.approx(0.19, abs=0.03)


def test_a_shift_that_few_rows_cannot_tell_is_no_pass():
    found = by_subject(judge(gate(rows=200), SETTINGS, 0))[SHIFT]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.needed is not None


@pytest.mark.parametrize("value", [0, 1])
def test_a_single_label_fails(value: int):
    case = gate()
    assert case.candidate is not None
    one = replace(case.candidate.train, label=np.full(4000, value, dtype=np.int8))
    found = by_subject(judge(replace(case, candidate=replace(case.candidate, train=one)), SETTINGS, 0))
    assert found[RARER].outcome is Outcome.FAIL
    assert found[EACH].outcome is Outcome.FAIL


def test_cannot_judge_without_rows():
    for nothing in (replace(gate(), candidate=None), _without_test()):
        (finding,) = judge(nothing, SETTINGS, 0)
        assert finding.outcome is Outcome.INCONCLUSIVE


def _without_test() -> Case:
    case = gate()
    assert case.candidate is not None
    return replace(case, candidate=replace(case.candidate, test=WORLD.draw(0, 1)))
