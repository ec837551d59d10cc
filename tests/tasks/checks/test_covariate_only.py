import pytest

from tasks.checks.covariate_only import CovariateOnlySettings, judge
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tests.tasks.checks.portfolios import case

FAIL, PASS, UNSURE = Outcome.FAIL, Outcome.PASS, Outcome.INCONCLUSIVE
RIGHT = ("performance_drift", PASS)


def judged(*found: tuple[str, Outcome]) -> Finding:
    findings = tuple(
        Finding(code=code, subject=f"s{i}", outcome=outcome, sentence="x", estimate=0.2)
        for i, (code, outcome) in enumerate(found)
    )
    (finding,) = judge(case(Moment.RETRAIN, findings=findings), CovariateOnlySettings(), 0)
    return finding


@pytest.mark.parametrize(
    "code",
    ["data_drift", "joint_drift", "score_drift", "attribution_drift", "explanation_shift", "expected_performance"],
)
def test_fires_when_only_inputs_and_scores_moved(code: str):
    finding = judged((code, FAIL), RIGHT, ("calibration", UNSURE))
    assert finding.outcome is FAIL
    assert code in finding.sentence


@pytest.mark.parametrize("code", ["performance_drift", "performance", "calibration"])
def test_stays_silent_when_the_model_is_wrong_as_well(code: str):
    finding = judged(("data_drift", FAIL), (code, FAIL))
    assert (finding.outcome, finding.estimate) == (PASS, 1)


def test_one_group_on_which_the_model_is_wrong_is_enough():
    assert judged(("data_drift", FAIL), RIGHT, ("performance_drift", FAIL)).outcome is PASS


@pytest.mark.parametrize("other", [(), (("performance_drift", UNSURE),), (RIGHT, ("performance_drift", UNSURE))])
def test_cannot_judge_when_the_performance_monitor_came_to_no_verdict(other: tuple[tuple[str, Outcome], ...]):
    assert judged(("data_drift", FAIL), *other).outcome is UNSURE
