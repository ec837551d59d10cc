from datetime import date
from typing import Any

from tasks.decide.binding import BoundCheck
from tasks.decide.judging import judge
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings
from tasks.evidence.decision import Action, Moment, Role
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.schema import FeatureSchema

CASE = Case(Moment.NIGHT, date(2025, 1, 1), FeatureSchema(service="s", features=()), 0.5, True, ())


def bound(judge_function: Any, role: Role = Role.REQUIRED) -> BoundCheck:
    check = Check("a", "A", frozenset(Moment), CheckSettings, judge_function)
    return BoundCheck(check, role, Action.ASK, CheckSettings(), declared=True)


def test_a_check_that_raises_has_erred_and_the_others_go_on():
    def raises(case: Case, settings: Any, seed: int) -> tuple[Finding, ...]:
        return (Finding(code="a", subject="x", outcome=Outcome.PASS, sentence="nan", estimate=float("nan")),)

    findings = judge(CASE, (bound(raises), bound(raises)), seed=0)
    assert [finding.outcome for finding in findings] == [Outcome.ERROR, Outcome.ERROR]


def test_a_check_that_raises_is_told_by_name_and_place_and_not_by_what_it_stumbled_over():
    """Its finding is on the page, in the ledger and in MLflow."""

    def stumbles(case: Case, settings: Any, seed: int) -> tuple[Finding, ...]:
        return (Finding(code="a", subject=str(float("MARKER-81726354")), outcome=Outcome.PASS, sentence="never"),)

    (finding,) = judge(CASE, (bound(stumbles),), seed=0)
    assert "MARKER" not in finding.sentence
    assert "could not run: ValueError in stumbles (" in finding.sentence


def test_silence_is_an_error():
    (finding,) = judge(CASE, (bound(lambda case, settings, seed: ()),), seed=0)
    assert finding.outcome is Outcome.ERROR


def test_a_check_cannot_speak_for_another():
    other = Finding(code="b", subject="x", outcome=Outcome.PASS, sentence="fine", estimate=1.0)
    (finding,) = judge(CASE, (bound(lambda case, settings, seed: (other,)),), seed=0)
    assert (finding.code, finding.outcome) == ("a", Outcome.ERROR)


def test_a_check_that_is_off_does_not_run():
    assert judge(CASE, (bound(lambda case, settings, seed: 1 / 0, Role.OFF),), seed=0) == ()
