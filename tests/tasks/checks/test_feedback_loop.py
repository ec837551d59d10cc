from dataclasses import replace

import pytest

from tasks.checks.feedback_loop import FeedbackLoopSettings, judge
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tests.tasks.checks.portfolios import case, night

SETTINGS = FeedbackLoopSettings(known_share=0.95, explored_share=0.005, explored_rows=50)
LABELLED = night(10_000, 6)


def judged(matured: int, awaited: float, explored: int) -> Finding:
    known = replace(LABELLED, matured=matured, awaited=awaited, explored=explored)
    (finding,) = judge(case(Moment.RETRAIN, labelled=known), SETTINGS, 0)
    return finding


def test_stays_silent_when_all_outcomes_become_known():
    assert judged(10_000, 10_000.0, 0).outcome is Outcome.PASS
    assert judged(10_200, 10_200.0, 0).outcome is Outcome.PASS


def test_stays_silent_when_an_exploration_slice_speaks_for_the_refused():
    finding = judged(14_000, 10_080.0, 85)
    assert (finding.outcome, finding.estimate, finding.limit) == (Outcome.PASS, 85, 50)


@pytest.mark.parametrize("explored", [0, 49])
def test_fires_when_labels_are_selective_and_too_few_rows_explore(explored: int):
    finding = judged(14_000, 9_900.0, explored)
    assert finding.outcome is Outcome.FAIL
    assert "too few to speak for the refused" in finding.sentence


def test_the_slice_must_be_large_enough_for_the_labels():
    settings = FeedbackLoopSettings(explored_share=0.02, explored_rows=50)
    known = replace(LABELLED, matured=14_000, awaited=10_000.0, explored=150)
    (finding,) = judge(case(Moment.RETRAIN, labelled=known), settings, 0)
    assert (finding.outcome, finding.limit) == (Outcome.FAIL, 200)


def test_cannot_judge_missing_labels_that_no_propensity_explains():
    """They may be late, or they may never come: without a propensity nobody knows."""
    finding = judged(14_000, 14_000.0, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "columns.propensity" in finding.sentence


def test_cannot_judge_without_matured_rows():
    assert judged(0, 0.0, 0).outcome is Outcome.INCONCLUSIVE
    (finding,) = judge(case(Moment.RETRAIN, labelled=None), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
