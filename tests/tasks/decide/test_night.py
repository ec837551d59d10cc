"""A retraining that would do harm becomes a question."""

from datetime import date
from typing import Any

import pytest

from tasks.decide.night import NightCase, Standing, guard
from tasks.evidence.decision import Action, Decision, ExitCode, Moment


def decision(action: Action) -> Decision:
    return Decision(
        moment=Moment.NIGHT,
        action=action,
        exit_code=ExitCode.ASKS,
        reasons=("Drift.",),
        verdicts=(),
        findings=(),
        policy_digest="d",
    )


def night(judged: date, *, superseded: bool = False) -> NightCase:
    nothing: Any = None
    return NightCase(date(2025, 3, 10), nothing, Standing(judged, superseded), (), nothing, (), nothing)


def test_a_retraining_goes_on_when_no_guard_holds_it():
    assert guard(decision(Action.RETRAIN), night(date(2025, 1, 1)), 28).action is Action.RETRAIN


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (night(date(2025, 3, 10)), "trained tonight"),
        (night(date(2025, 3, 1)), "cool-down is 28 days"),
        (night(date(2025, 1, 1), superseded=True), "run late"),
    ],
)
def test_a_guard_asks_and_says_why(case: NightCase, why: str):
    guarded = guard(decision(Action.RETRAIN), case, 28)
    assert (guarded.action, guarded.exit_code) == (Action.ASK, ExitCode.ASKS)
    assert why in guarded.reasons[-1]


def test_a_halt_is_never_softened():
    assert guard(decision(Action.HALT), night(date(2025, 3, 10)), 28).action is Action.HALT
