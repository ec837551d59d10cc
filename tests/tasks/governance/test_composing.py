"""What a run ends with follows from how far it came."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.evidence.decision import Action, Decision, ExitCode
from tasks.governance.composing import compose, conclude
from tasks.governance.night_evidence import NightEvidence
from tests.tasks.governance.runs import challenge, judged, kept, run_of, served
from tests.tasks.report.decisions import drifted_decision, gate_decision, guard_decision, night_decision
from tests.tasks.report.records import kept_night, validation


def retrained(gate: Decision) -> NightEvidence:
    return NightEvidence(
        bootstrap=False, validation=validation(), champion=served(),
        night=judged(drifted_decision(), guard_decision()), challenge=challenge(gate),
    )  # fmt: skip


def test_bad_data_halts_whatever_else_was_found():
    evidence = NightEvidence(
        True, validation(critical=True), unfit="no rows", champion=served(), night=judged(), challenge=challenge()
    )
    verdict = conclude(evidence)
    assert (verdict.action, verdict.exit_code) == (Action.HALT, ExitCode.HALTED)
    assert verdict.reasons == validation(critical=True).halts


def test_a_night_without_a_challenger_is_the_nights_own():
    verdict = conclude(kept())
    assert (verdict.action, verdict.exit_code) == (Action.KEEP, ExitCode.PASS)
    assert verdict.reasons == night_decision().reasons


def test_a_first_model_that_is_blocked_blocks_the_run():
    gate = gate_decision(Action.BLOCK)
    verdict = conclude(NightEvidence(bootstrap=True, validation=validation(), challenge=challenge(gate)))
    assert (verdict.action, verdict.exit_code, verdict.reasons) == (Action.BLOCK, ExitCode.BLOCKED, gate.reasons)


def test_a_first_model_that_is_promoted_judges_its_first_night_and_that_decides():
    """The night is not a pass only because the gate was one."""
    asked = night_decision().model_copy(
        update={"action": Action.ASK, "exit_code": ExitCode.CANNOT_TELL, "reasons": ("Too few rows to tell.",)}
    )
    verdict = conclude(NightEvidence(True, validation(), champion=served(), night=judged(asked), challenge=challenge()))
    assert (verdict.action, verdict.exit_code) == (Action.ASK, ExitCode.CANNOT_TELL)
    assert verdict.reasons[0].startswith("First night: there was no champion")
    assert verdict.reasons[1:] == ("Too few rows to tell.",)


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (Action.PROMOTE, "The challenger was promoted, because:"),
        (Action.BLOCK, "The challenger was blocked and the champion stays, because:"),
        (Action.ASK, "The challenger waits for a human and the champion stays, because:"),
    ],
)
def test_the_gate_decides_a_retraining_and_its_reasons_follow_the_nights(action: Action, said: str):
    gate = gate_decision(action)
    verdict = conclude(retrained(gate))
    assert (verdict.action, verdict.exit_code) == (action, gate.exit_code)
    assert verdict.reasons == (
        "A challenger was trained, because:",
        *drifted_decision().reasons,
        said,
        *gate.reasons,
    )


@pytest.mark.parametrize("action", [Action.ASK, Action.HALT])
def test_a_retraining_that_is_held_back_says_first_why_it_was_wanted_and_then_what_holds_it(action: Action):
    guards = guard_decision(action)
    night = judged(drifted_decision(), guards)
    assert not night.retrains
    verdict = conclude(NightEvidence(False, validation(), champion=served(), night=night))
    assert (verdict.action, verdict.exit_code) == (action, guards.exit_code)
    assert verdict.reasons == (
        "A retraining is wanted, because:",
        *drifted_decision().reasons,
        "It is held back, because:",
        *guards.reasons,
    )


def test_a_challenger_is_trained_only_when_the_night_wants_it_and_the_guards_let_it():
    assert judged(drifted_decision(), guard_decision()).retrains
    assert not judged(drifted_decision()).retrains
    assert not judged(night_decision(), guard_decision()).retrains


def test_data_that_cannot_be_judged_halts_and_says_why():
    verdict = conclude(NightEvidence(bootstrap=True, unfit="No history before the test window."))
    assert (verdict.action, verdict.exit_code) == (Action.HALT, ExitCode.HALTED)
    assert verdict.reasons == ("No history before the test window.",)


def test_a_judged_night_with_nothing_to_train_on_asks():
    """It was judged, and it wanted a retraining: neither a pass nor a halt."""
    evidence = NightEvidence(
        False, validation(), unfit="Too few defaults.", champion=served(), night=judged(drifted_decision())
    )
    verdict = conclude(evidence)
    assert (verdict.action, verdict.exit_code) == (Action.ASK, ExitCode.ASKS)
    assert verdict.reasons == (*drifted_decision().reasons, "No challenger could be trained: Too few defaults.")


def test_a_gate_by_hand_decides_alone():
    verdict = conclude(NightEvidence(bootstrap=False, champion=served(), challenge=challenge(gate_decision())))
    assert verdict.reasons == gate_decision().reasons


@pytest.mark.parametrize(
    "evidence", [NightEvidence(bootstrap=True), NightEvidence(False, validation(), champion=served())]
)
def test_a_run_that_decided_nothing_is_an_error_and_never_a_pass(evidence: NightEvidence):
    with pytest.raises(ValueError, match="has decided something"):
        conclude(evidence)


def test_a_record_holds_what_was_found(tmp_path: Path):
    run, digests = run_of(tmp_path / "p"), kept_night().digests
    record = compose(run, "abc", retrained(gate_decision()), digests)
    assert (record.action, record.exit_code) == (Action.PROMOTE, ExitCode.PASS)
    assert (record.champion, record.challenger) == (served().identity, challenge().challenger.identity)
    assert record.decisions == (drifted_decision(), guard_decision(), gate_decision())
    assert (record.rows, record.unfavourable) == (3, 1)
    assert {(one.phrase, one.rows) for one in record.top_reasons} == {("a low income", 3)}
    assert (record.run, record.seed, record.digests) == ("abc", run.seed, digests)
    assert record.policy_digest == run.policy.digest


def test_the_record_of_a_halt_has_no_rows_and_no_decision(tmp_path: Path):
    halted = NightEvidence(bootstrap=False, validation=validation(critical=True), champion=served())
    record = compose(run_of(tmp_path / "p"), "abc", halted, ())
    assert (record.rows, record.unfavourable, record.metrics, record.served) == (0, 0, (), ())
    assert record.night_decision is None
    assert record.action is Action.HALT


def unsure() -> Decision:
    """A gate that keeps the champion since the rows cannot tell."""
    kept_for_now = {"action": Action.KEEP, "exit_code": ExitCode.CANNOT_TELL, "reasons": ("Too few rows.",)}
    return gate_decision().model_copy(update=kept_for_now)


def test_a_night_that_failed_and_whose_challenger_does_not_take_over_asks():
    verdict = conclude(retrained(unsure()))
    assert (verdict.action, verdict.exit_code) == (Action.ASK, ExitCode.CANNOT_TELL)
    alike = unsure().model_copy(update={"exit_code": ExitCode.PASS})
    assert conclude(retrained(alike)).exit_code is ExitCode.ASKS


def looked(gate: Decision) -> NightEvidence:
    """A quiet night on which the challenger in shadow was looked at again."""
    return NightEvidence(False, validation(), champion=served(), night=judged(), challenge=challenge(gate))


@pytest.mark.parametrize(
    ("gate", "action", "code"),
    [
        (gate_decision(Action.PROMOTE), Action.PROMOTE, ExitCode.PASS),
        (gate_decision(Action.BLOCK), Action.KEEP, ExitCode.PASS),
        (gate_decision(Action.ASK), Action.ASK, gate_decision(Action.ASK).exit_code),
        (unsure(), Action.KEEP, ExitCode.PASS),
    ],
)
def test_another_look_changes_a_quiet_night_only_when_it_promotes_or_asks(
    gate: Decision, action: Action, code: ExitCode
):
    verdict = conclude(looked(gate))
    assert (verdict.action, verdict.exit_code) == (action, code)
    assert any("looked at again" in reason for reason in verdict.reasons)
    assert set(gate.reasons) <= set(verdict.reasons)


def test_a_dry_run_says_first_what_would_have_been():
    by_hand = NightEvidence(bootstrap=False, validation=validation(), champion=served(), challenge=challenge())
    verdict = conclude(by_hand, dry_run=True)
    assert verdict.action is Action.PROMOTE
    assert verdict.reasons[0] == "Dry run: the challenger would have been promoted; the champion stays."


@pytest.mark.parametrize("guards", [Action.ASK, Action.HALT])
def test_a_challenger_in_shadow_waits_while_the_night_must_be_seen_to(guards: Action):
    assert judged().looks
    assert not judged(drifted_decision(), guard_decision(guards)).looks
    assert not judged(drifted_decision(), guard_decision()).looks


def test_a_retraining_that_is_left_to_another_run_is_asked_for_and_is_no_pass():
    night = judged(drifted_decision(), guard_decision())
    verdict = conclude(NightEvidence(False, validation(), champion=served(), night=night))
    assert (verdict.action, verdict.exit_code) == (Action.RETRAIN, ExitCode.ASKS)
    assert verdict.reasons == ("A retraining was asked for, because:", *drifted_decision().reasons)
