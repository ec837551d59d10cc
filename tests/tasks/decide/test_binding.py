from pathlib import Path
from typing import Any, Literal

import pytest

from tasks.decide.binding import bind
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit
from tasks.evidence.decision import Action, Moment, Role
from tasks.evidence.finding import Finding
from tasks.project.errors import ConfigurationError
from tasks.project.policy import Policy, PolicyFile, PolicyLine


class Limits(CheckSettings):
    shift: float = limit(0.1, unit="share", source="test", ge=0, le=1)
    seeds: int = 3


def judge(case: Case, settings: Any, seed: int) -> tuple[Finding, ...]:
    return ()


DRIFT = Check("drift", "Drift", frozenset({Moment.NIGHT}), Limits, judge)


def policy(**lines: PolicyLine) -> Policy:
    return Policy(PolicyFile(night=lines), b"", Path("policy.toml"))


def test_limits_reach_the_check():
    line = PolicyLine(role="required", on_fail="retrain", limits={"shift": 0.2})
    (one,) = bind(policy(drift=line), (DRIFT,), Moment.NIGHT)
    assert (one.role, one.on_fail, one.settings) == (Role.REQUIRED, Action.RETRAIN, Limits(shift=0.2))


def test_a_check_without_a_line_is_advisory_and_known_to_be_undeclared():
    (one,) = bind(policy(), (DRIFT,), Moment.NIGHT)
    assert (one.role, one.declared) == (Role.ADVISORY, False)


def test_a_check_of_another_moment_is_not_bound():
    assert bind(policy(), (DRIFT,), Moment.GATE) == ()


def test_a_guard_asks_or_halts_and_nothing_else():
    guard = Check("cooldown", "Cool-down", frozenset({Moment.RETRAIN}), Limits, judge)
    lines = {
        "cooldown": PolicyLine(role="required", on_fail="retrain", limits={"shift": 0.2}),
        "drift": PolicyLine(role="off"),
    }
    wrong = Policy(PolicyFile(retrain=lines), b"", Path("policy.toml"))
    with pytest.raises(ConfigurationError) as error:
        bind(wrong, (DRIFT, guard), Moment.RETRAIN)
    assert "retrain.cooldown.on_fail: expected ask or halt, received 'retrain'" in str(error.value)
    assert "retrain.drift: there is no such check before a retraining" in str(error.value)


def test_every_fault_of_the_policy_is_reported_at_once():
    lines = {
        "drift": PolicyLine(role="required", on_fail="block", limits={"shifd": 0.2}),
        "drrift": PolicyLine(role="off"),
    }
    with pytest.raises(ConfigurationError) as error:
        bind(policy(**lines), (DRIFT,), Moment.NIGHT)
    text = str(error.value)
    assert "night.drrift: there is no such check" in text
    assert "on_fail: expected retrain or ask or halt, received 'block'" in text
    assert "limits.shift: a required check states each of its limits" in text
    assert "limits.shifd" in text


def test_a_check_that_rests_on_an_assumption_cannot_be_required_and_the_error_says_why():
    guess = Check("guess", "Guess", frozenset({Moment.NIGHT}), Limits, judge, advisory_only=True)
    line = PolicyLine(role="required", on_fail="ask", limits={"shift": 0.2})
    with pytest.raises(ConfigurationError, match=r"night\.guess\.role: expected advisory or off.*no data can test"):
        bind(policy(guess=line), (guess,), Moment.NIGHT)


@pytest.mark.parametrize("role", ["advisory", "off"])
def test_it_may_advise_or_be_off(role: Literal["advisory", "off"]):
    guess = Check("guess", "Guess", frozenset({Moment.NIGHT}), Limits, judge, advisory_only=True)
    (one,) = bind(policy(guess=PolicyLine(role=role)), (guess,), Moment.NIGHT)
    assert one.role == role


def test_a_limit_out_of_range_is_refused():
    line = PolicyLine(role="advisory", limits={"shift": 7.0})
    with pytest.raises(ConfigurationError, match="limits.shift"):
        bind(policy(drift=line), (DRIFT,), Moment.NIGHT)
