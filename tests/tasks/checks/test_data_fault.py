import pytest

from tasks.checks.data_fault import DataFaultSettings, judge
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tests.tasks.checks.portfolios import case

FAIL, PASS, UNSURE, ERROR = Outcome.FAIL, Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.ERROR
SOUND = ("data_quality", "age", PASS)


def judged(*found: tuple[str, str, Outcome]) -> tuple[Finding, ...]:
    findings = tuple(
        Finding(code=code, subject=subject, outcome=outcome, sentence=f"{subject} {outcome}.", estimate=0.2)
        for code, subject, outcome in found
    )
    return judge(case(Moment.RETRAIN, findings=findings), DataFaultSettings(), 0)


@pytest.mark.parametrize("quality", [FAIL, UNSURE, ERROR])
@pytest.mark.parametrize("drift", ["data_drift", "score_drift"])
def test_fires_when_a_drifting_feature_is_not_sound(drift: str, quality: Outcome):
    (finding,) = judged(SOUND, (drift, "income", FAIL), ("data_quality", "income", quality))
    assert (finding.outcome, finding.subject) == (FAIL, "income")


def test_fires_when_too_many_rows_were_set_aside():
    (finding,) = judged(SOUND, ("quarantine", "rows", FAIL))
    assert (finding.outcome, finding.subject) == (FAIL, "rows set aside")


def test_stays_silent_when_what_drifts_is_sound():
    (finding,) = judged(
        ("data_drift", "income", FAIL), ("data_quality", "income", PASS), ("data_quality", "age", FAIL),
        ("quarantine", "rows", PASS),
    )  # fmt: skip
    assert finding.outcome is PASS


def test_a_feature_that_does_not_drift_is_not_the_reason_of_the_retraining():
    (finding,) = judged(SOUND, ("data_drift", "income", UNSURE), ("data_quality", "income", FAIL))
    assert finding.outcome is PASS


def test_cannot_judge_when_the_data_quality_is_not_known():
    assert [one.outcome for one in judged(("data_drift", "income", FAIL))] == [UNSURE]
    assert [one.outcome for one in judged(("data_quality", "age", UNSURE))] == [UNSURE]
    assert [one.outcome for one in judged(SOUND, ("data_quality", "the check itself", ERROR))] == [UNSURE]
