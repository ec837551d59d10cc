import pytest

from tasks.checks.cooldown import CooldownSettings, judge
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Outcome
from tests.tasks.checks.portfolios import case

SETTINGS = CooldownSettings(days=28)


@pytest.mark.parametrize("days", [1, 27])
def test_fires_when_a_challenger_was_judged_too_recently(days: int):
    (finding,) = judge(case(Moment.RETRAIN, days_since_judged=days), SETTINGS, 0)
    assert (finding.outcome, finding.estimate, finding.limit) == (Outcome.FAIL, days, 28)
    assert "cool-down is 28 days" in finding.sentence


@pytest.mark.parametrize("days", [28, 400])
def test_stays_silent_from_the_limit_on(days: int):
    (finding,) = judge(case(Moment.RETRAIN, days_since_judged=days), SETTINGS, 0)
    assert finding.outcome is Outcome.PASS


def test_stays_silent_when_no_challenger_was_ever_judged():
    (finding,) = judge(case(Moment.RETRAIN, days_since_judged=None), SETTINGS, 0)
    assert (finding.outcome, finding.estimate, finding.unit) == (Outcome.PASS, 0, "challengers judged")


def test_cannot_judge_a_night_before_the_newest_challenger():
    (finding,) = judge(case(Moment.RETRAIN, days_since_judged=-3), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
