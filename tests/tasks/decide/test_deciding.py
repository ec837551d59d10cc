"""The gate is closed: over all policies and outcomes, only passes of every required check keep or promote."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.decide.binding import BoundCheck
from tasks.decide.deciding import decide
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings
from tasks.evidence.decision import Action, Decision, ExitCode, Moment, Role
from tasks.evidence.finding import Finding, Outcome


def silent(case: Case, settings: Any, seed: int) -> tuple[Finding, ...]:
    return ()


def bound(code: str, role: Role = Role.REQUIRED, on_fail: Action = Action.ASK, *, compares: bool = False) -> BoundCheck:
    check = Check(code, code.title(), frozenset(Moment), CheckSettings, silent, compares)
    return BoundCheck(check, role, on_fail, CheckSettings(), declared=True)


def finding(code: str, outcome: Outcome) -> Finding:
    return Finding(code=code, subject="x", outcome=outcome, sentence=f"{code} {outcome}", estimate=0.5, limit=0.1)


def night(*pairs: tuple[BoundCheck, Outcome], moment: Moment = Moment.NIGHT, bootstrap: bool = False) -> Decision:
    findings = tuple(finding(one.check.code, outcome) for one, outcome in pairs)
    return decide(moment, tuple(one for one, _ in pairs), findings, "digest", bootstrap=bootstrap)


def test_all_pass_keeps_at_night_and_promotes_at_the_gate():
    assert night((bound("a"), Outcome.PASS)).action is Action.KEEP
    promoted = night((bound("a"), Outcome.PASS), moment=Moment.GATE)
    assert (promoted.action, promoted.exit_code) == (Action.PROMOTE, ExitCode.PASS)


def test_the_reason_of_a_quiet_night_counts_the_required_checks():
    passing = (bound("a"), Outcome.PASS), (bound("b"), Outcome.PASS)
    assert night(*passing).reasons == ("All 2 required checks pass.",)
    assert night(passing[0], (bound("b", Role.ADVISORY), Outcome.FAIL)).reasons == ("The one required check passes.",)


def test_the_reason_of_a_first_night_does_not_count_what_it_excuses_among_what_passes():
    excused = bound("c", compares=True), Outcome.NOT_APPLICABLE
    passing = (bound("a"), Outcome.PASS), (bound("b"), Outcome.PASS)
    told = {n: night(*passing[:n], excused, bootstrap=True).reasons for n in (0, 1, 2)}
    assert told == {
        0: ("No required check applies; 1 cannot apply before there is a champion.",),
        1: ("The one required check that applies passes; 1 cannot apply before there is a champion.",),
        2: ("All 2 required checks that apply pass; 1 cannot apply before there is a champion.",),
    }


def test_guards_that_all_pass_let_the_retraining_be_made():
    allowed = night((bound("a"), Outcome.PASS), moment=Moment.RETRAIN)
    assert (allowed.action, allowed.exit_code) == (Action.RETRAIN, ExitCode.ASKS)


@pytest.mark.parametrize("outcome", [Outcome.INCONCLUSIVE, Outcome.ERROR, Outcome.NOT_APPLICABLE])
def test_a_guard_that_cannot_judge_asks(outcome: Outcome):
    held = night((bound("a", on_fail=Action.HALT), outcome), (bound("b"), Outcome.PASS), moment=Moment.RETRAIN)
    assert held.action is Action.ASK


def test_a_policy_without_a_required_guard_asks():
    assert night((bound("a", Role.ADVISORY), Outcome.PASS), moment=Moment.RETRAIN).action is Action.ASK


def test_a_data_fault_halts_and_never_retrains():
    decision = night(
        (bound("drift", on_fail=Action.RETRAIN), Outcome.FAIL), (bound("time", on_fail=Action.HALT), Outcome.FAIL)
    )
    assert (decision.action, decision.exit_code) == (Action.HALT, ExitCode.HALTED)
    assert decision.reasons[0].startswith("Time")


def test_an_inconclusive_required_check_cannot_tell():
    decision = night((bound("a"), Outcome.INCONCLUSIVE), (bound("b"), Outcome.PASS))
    assert (decision.action, decision.exit_code) == (Action.ASK, ExitCode.CANNOT_TELL)


def test_a_failure_that_asks_is_not_the_same_as_not_telling():
    decision = night((bound("a"), Outcome.FAIL), (bound("b"), Outcome.INCONCLUSIVE))
    assert decision.exit_code is ExitCode.ASKS


def test_an_advisory_failure_stops_nothing_but_is_there():
    decision = night((bound("a", Role.ADVISORY), Outcome.FAIL), (bound("b"), Outcome.PASS))
    assert decision.action is Action.KEEP
    assert [verdict.outcome for verdict in decision.verdicts] == [Outcome.FAIL, Outcome.PASS]


def test_the_finding_furthest_beyond_its_limit_is_told_first_upper_limit_or_lower():
    a = bound("a")
    found = tuple(
        Finding(code="a", subject=name, outcome=Outcome.FAIL, sentence=name, estimate=estimate, limit=limit)
        for name, estimate, limit in (
            ("a ratio of .7", 0.7, 0.8),
            ("one of .2", 0.2, 0.8),
            ("twice too much", 0.2, 0.1),
        )
    )
    decision = decide(Moment.NIGHT, (a,), found, "digest", bootstrap=False)
    assert decision.reasons == ("A: one of .2", "A: twice too much", "A: a ratio of .7")


def test_comparing_checks_are_excused_only_at_bootstrap_and_only_when_they_could_not_compare():
    comparing = bound("a", compares=True)
    first = night((comparing, Outcome.NOT_APPLICABLE), moment=Moment.GATE, bootstrap=True)
    assert first.action is Action.PROMOTE
    later = night((comparing, Outcome.NOT_APPLICABLE), moment=Moment.GATE)
    assert later.action is Action.ASK
    failed = night((comparing, Outcome.FAIL), moment=Moment.GATE, bootstrap=True)
    assert failed.action is Action.ASK


def test_a_check_that_said_nothing_has_erred():
    decision = decide(Moment.GATE, (bound("a"),), (), "digest", bootstrap=False)
    assert decision.verdicts[0].outcome is Outcome.ERROR
    assert decision.action is Action.BLOCK


@given(
    st.lists(st.tuples(st.sampled_from(list(Role)), st.sampled_from(list(Outcome))), min_size=1, max_size=6),
    st.sampled_from(list(Moment)),
)
def test_fail_closed(cases: list[tuple[Role, Outcome]], moment: Moment):
    pairs = [(bound(f"c{i}", role), outcome) for i, (role, outcome) in enumerate(cases)]
    decision = night(*pairs, moment=moment)
    required = [outcome for role, outcome in cases if role is Role.REQUIRED]
    all_pass = bool(required) and all(outcome is Outcome.PASS for outcome in required)
    assert (decision.action in (Action.KEEP, Action.RETRAIN, Action.PROMOTE)) == all_pass
    # A retraining is allowed, and not yet made: only what keeps or promotes ends well.
    assert (decision.exit_code is ExitCode.PASS) == (all_pass and moment is not Moment.RETRAIN)
    assert [verdict.code for verdict in decision.verdicts] == [one.check.code for one, _ in pairs]


def test_the_gate_does_what_every_telling_finding_calls_for():
    calling = finding("a", Outcome.INCONCLUSIVE).model_copy(update={"calls_for": Action.KEEP})
    silent = finding("a", Outcome.INCONCLUSIVE)
    failed = finding("a", Outcome.FAIL)
    one = (bound("a", on_fail=Action.BLOCK),)

    def action(moment: Moment, *findings: Finding) -> Action:
        return decide(moment, one, findings, "digest", bootstrap=False).action

    assert action(Moment.GATE, calling) is Action.KEEP
    assert action(Moment.GATE, calling, silent) is Action.ASK
    assert action(Moment.GATE, calling, failed) is Action.BLOCK
    assert action(Moment.NIGHT, calling) is Action.ASK


@pytest.mark.parametrize(
    ("outcome", "action"),
    [(Outcome.PASS, Action.KEEP), (Outcome.ERROR, Action.KEEP), (Outcome.FAIL, Action.PROMOTE)],
)
def test_a_finding_never_calls_a_model_into_service(outcome: Outcome, action: Action):
    with pytest.raises(ValueError, match="calls for nothing"):
        Finding(code="a", subject="x", outcome=outcome, sentence="s", estimate=1.0, calls_for=action)
