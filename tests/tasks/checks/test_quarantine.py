from dataclasses import replace

from tasks.checks.quarantine import QuarantineSettings, judge
from tasks.evidence.case import Case
from tasks.evidence.finding import Outcome
from tests.tasks.checks.portfolios import case

SETTINGS = QuarantineSettings(share=0.1)


def night(delivered: int, quarantined: int) -> Case:
    return replace(case(), delivered=delivered, quarantined=quarantined)


def test_fires_when_most_rows_are_set_aside():
    (finding,) = judge(night(634, 381), SETTINGS, 0)
    assert finding.outcome is Outcome.FAIL
    assert "634 rows" in finding.sentence


def test_stays_silent_at_the_limit():
    (finding,) = judge(night(100, 10), SETTINGS, 0)
    assert finding.outcome is Outcome.PASS


def test_cannot_judge_when_nothing_came():
    (finding,) = judge(night(0, 0), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
