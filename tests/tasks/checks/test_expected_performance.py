import pytest

from tasks.checks.expected_performance import ASSUMPTION, CHECK, ExpectedPerformanceSettings, judge
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tests.tasks.checks.portfolios import BINNING, Portfolio, case, night

SETTINGS = ExpectedPerformanceSettings()


def test_a_quiet_night_is_never_a_pass_and_the_assumption_is_said():
    (finding,) = judge(case(), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.sentence.endswith(ASSUMPTION)
    assert abs(finding.estimate or 1) < 0.05
    assert CHECK.advisory_only


def test_it_warns_when_the_scores_promise_less():
    (finding,) = judge(case(tonight=night(4000, 3, Portfolio(signal=0.4))), SETTINGS, 0)
    assert finding.outcome is Outcome.FAIL
    assert finding.interval is not None
    assert finding.interval.low > SETTINGS.auc_drop
    assert "a fall of 0.1" in finding.sentence


def test_it_sees_nothing_of_a_concept_shift():
    (finding,) = judge(case(tonight=night(4000, 3, Portfolio(slope=-1.0))), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.estimate == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize("tonight", [None, Profile.empty(BINNING), night(199, 1)])
def test_too_few_rows_cannot_be_judged(tonight: Profile | None):
    (finding,) = judge(case(tonight=tonight), SETTINGS, 0)
    assert (finding.outcome, finding.needed) == (Outcome.INCONCLUSIVE, 200)


def test_no_reference_cannot_be_judged():
    (finding,) = judge(case(reference=()), SETTINGS, 0)
    assert "no reference" in finding.sentence
    (finding,) = judge(case(reference=(Profile.empty(BINNING),)), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
