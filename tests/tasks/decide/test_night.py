"""A retraining that nobody could use becomes a question, whatever the policy."""

from datetime import date
from typing import Any

import pytest

from tasks.decide.night import NightCase, Standing, hold
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


def night(judged: date | None, *, superseded: bool = False) -> NightCase:
    nothing: Any = None
    return NightCase(date(2025, 3, 10), nothing, Standing(judged, superseded), (), nothing, (), nothing, {})


@pytest.mark.parametrize("judged", [None, date(2025, 1, 1), date(2025, 3, 9)])
def test_a_retraining_goes_on_to_the_guards(judged: date | None):
    assert hold(decision(Action.RETRAIN), night(judged)) == decision(Action.RETRAIN)


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (night(date(2025, 3, 10)), "judged tonight already"),
        (night(date(2025, 1, 1), superseded=True), "run late"),
    ],
)
def test_a_retraining_that_nobody_could_use_asks_and_says_why(case: NightCase, why: str):
    held = hold(decision(Action.RETRAIN), case)
    assert (held.action, held.exit_code) == (Action.ASK, ExitCode.ASKS)
    assert held.reasons[0] == "Drift."
    assert why in held.reasons[-1]


def test_a_halt_is_never_softened():
    assert hold(decision(Action.HALT), night(date(2025, 3, 10))).action is Action.HALT
