"""The retraining that a night wants is made only when every required guard passes."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tasks.checks.discovery import discover
from tasks.decide.binding import bind
from tasks.decide.guards import judge_retraining
from tasks.decide.night import NightCase, Standing
from tasks.evidence.decision import Action, Decision, ExitCode, Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.profile import Profile
from tasks.evidence.schema import FeatureSchema
from tasks.evidence.validation import TableValidation
from tasks.models.profiles import NightProfiles
from tasks.project.policy import load_policy
from tasks.project.settings import load_settings
from tests.tasks.checks.portfolios import REFERENCE, SCHEMA, THRESHOLD, night

ROOT = Path(__file__).parents[3]
POLICY = load_policy(ROOT)
TONIGHT = date(2025, 3, 10)
MATURED = replace(night(16_000, 2), matured=16_000, awaited=16_000.0)


@dataclass(frozen=True)
class Champion:
    inputs: FeatureSchema = SCHEMA
    threshold: float = THRESHOLD
    protected_inputs: tuple[str, ...] = ()


def found(code: str, outcome: Outcome, subject: str = "income") -> Finding:
    return Finding(code=code, subject=subject, outcome=outcome, sentence=f"{code} {outcome}.", estimate=0.2)


DRIFTED = (
    found("data_drift", Outcome.FAIL), found("performance_drift", Outcome.FAIL), found("data_quality", Outcome.PASS)
)  # fmt: skip


def decided(
    *changes: Finding,
    action: Action = Action.RETRAIN,
    judged: date | None = date(2025, 1, 1),
    matured: Profile | None = MATURED,
) -> Decision | None:
    champion: Any = Champion()
    profiles = NightProfiles(night(500, 1), night(2000, 2), None, matured)
    rows = TableValidation(table="rows", rows=500, valid=500, quarantined=0, results=())
    at = NightCase(TONIGHT, champion, Standing(judged, False), REFERENCE, profiles, (), rows, {})
    wanted = Decision(
        moment=Moment.NIGHT, action=action, exit_code=ExitCode.ASKS, reasons=("Drift.",), verdicts=(),
        findings=changes or DRIFTED, policy_digest="d",
    )  # fmt: skip
    return judge_retraining(at, wanted, bind(POLICY, discover(), Moment.RETRAIN), POLICY, load_settings(ROOT), 0)


def test_a_retraining_that_no_guard_holds_back_is_made():
    decision = decided()
    assert decision is not None
    assert (decision.moment, decision.action) == (Moment.RETRAIN, Action.RETRAIN), decision.reasons
    assert {verdict.outcome for verdict in decision.verdicts} == {Outcome.PASS}


@pytest.mark.parametrize("action", [Action.KEEP, Action.ASK, Action.HALT])
def test_a_night_that_wants_no_retraining_has_nothing_to_guard(action: Action):
    assert decided(action=action) is None


def test_each_guard_that_holds_back_is_a_finding_with_its_reason():
    decision = decided(judged=date(2025, 3, 1))
    assert decision is not None
    assert (decision.action, decision.exit_code) == (Action.ASK, ExitCode.ASKS)
    assert decision.reasons == ("Cool-down: A challenger was judged 9 days ago, and the cool-down is 28 days.",)
    assert [one.code for one in decision.findings if one.outcome is Outcome.FAIL] == ["cooldown"]


def test_a_data_fault_halts_whatever_the_others_say():
    decision = decided(*DRIFTED, found("data_quality", Outcome.FAIL), judged=date(2025, 3, 1))
    assert decision is not None
    assert (decision.action, decision.exit_code) == (Action.HALT, ExitCode.HALTED)
    assert decision.reasons[0].startswith("Data fault: ")


def test_drift_of_inputs_alone_asks():
    calm = (found("data_drift", Outcome.FAIL), found("performance_drift", Outcome.PASS))
    decision = decided(*calm, found("data_quality", Outcome.PASS))
    assert decision is not None
    assert decision.action is Action.ASK
    assert decision.reasons[0].startswith("Covariate shift only: ")


def test_what_cannot_be_judged_holds_back_as_well():
    decision = decided(matured=None)
    assert decision is not None
    assert (decision.action, decision.exit_code) == (Action.ASK, ExitCode.CANNOT_TELL)


def test_rows_whose_label_never_came_are_seen():
    """The night's own checks see labelled rows only; among those alone nothing would be missing."""
    decision = decided(matured=replace(MATURED, matured=20_000, awaited=20_000.0))
    assert decision is not None
    outcomes = {verdict.code: verdict.outcome for verdict in decision.verdicts}
    assert (outcomes["enough_labels"], outcomes["feedback_loop"]) == (Outcome.FAIL, Outcome.INCONCLUSIVE)
