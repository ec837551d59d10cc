"""The stranger's decision is ours, on many random findings and policies; what it does not follow from is told."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.checks.discovery import discover
from tasks.decide.binding import BoundCheck
from tasks.decide.deciding import decide as ours
from tasks.decide.night import Standing, hold
from tasks.evidence.check import Check
from tasks.evidence.decision import Action, Decision, Moment, Role
from tasks.evidence.finding import Finding, Outcome
from tasks.governance.bound_checks import BoundLine
from tasks.governance.composing import conclude
from tasks.governance.night_evidence import NightEvidence
from tasks.governance.registration import SAME_MODEL, unchanged
from tasks.governance.standalone import deciding
from tests.tasks.governance.runs import challenge, judged, served
from tests.tasks.report.records import halted_night, kept_night, validation

CHECKS = discover()
ON_FAIL = {
    Moment.NIGHT: (Action.RETRAIN, Action.ASK, Action.HALT),
    Moment.RETRAIN: (Action.ASK, Action.HALT),
    Moment.GATE: (Action.BLOCK, Action.ASK),
}
FIGURES = st.one_of(st.none(), st.floats(-2, 2), st.just(0.0))


@st.composite
def findings(draw: st.DrawFn, check: Check) -> list[Finding]:
    made = []
    for number in range(draw(st.integers(0, 6))):
        outcome = draw(st.sampled_from(Outcome))
        calls = st.sampled_from([None, Action.KEEP, Action.ASK, Action.BLOCK])
        made.append(
            Finding(
                code=check.code, subject=f"s{number}", outcome=outcome, sentence=f"Sentence {number} – <b>.",
                estimate=draw(st.floats(-2, 2)) if outcome is Outcome.PASS else draw(FIGURES), limit=draw(FIGURES),
                calls_for=draw(calls) if outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE) else None,
            )
        )  # fmt: skip
    return made


@st.composite
def cases(draw: st.DrawFn, moment: Moment | None = None) -> tuple[Moment, list[BoundCheck], list[Finding], bool]:
    moment = moment or draw(st.sampled_from(Moment))
    able = [check for check in CHECKS if moment in check.moments]
    chosen = draw(st.lists(st.sampled_from(able), max_size=5, unique_by=lambda check: check.code))
    bound = [
        BoundCheck(
            check, draw(st.sampled_from(Role)), draw(st.sampled_from(ON_FAIL[moment])), check.settings(),
            draw(st.booleans()),
        )
        for check in chosen
    ]  # fmt: skip
    found = [finding for check in chosen for finding in draw(findings(check))]
    return moment, bound, found, draw(st.booleans())


def as_stored(record: Any) -> Any:
    return json.loads(record.model_dump_json())


def decided(case: tuple[Moment, list[BoundCheck], list[Finding], bool]) -> Decision:
    moment, bound, found, bootstrap = case
    return ours(moment, tuple(bound), tuple(found), "0" * 64, bootstrap=bootstrap)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_the_decision_is_ours_verdict_by_verdict_and_word_for_word(
    case: tuple[Moment, list[BoundCheck], list[Finding], bool],
):
    moment, bound, found, bootstrap = case
    decision = as_stored(decided(case))
    lines = [as_stored(BoundLine.of(one)) for one in bound]
    again = deciding.decide(moment.value, lines, [as_stored(one) for one in found], bootstrap=bootstrap)
    assert again == {name: decision[name] for name in ("action", "exit_code", "reasons", "verdicts")}


@settings(max_examples=40, deadline=None)
@given(cases(Moment.NIGHT), st.booleans())
def test_a_retraining_that_nobody_could_use_is_the_one_other_decision_of_a_night(case: Any, superseded: bool):
    record = as_stored_run()
    standing = Standing(judged=night_of(record), superseded=superseded)
    held = hold(decided(case), _Case(standing, night_of(record)))  # type: ignore[arg-type]
    again = {name: as_stored(decided(case))[name] for name in ("action", "exit_code", "reasons")}
    assert deciding._taken(as_stored(held)) in deciding._allowed("night", again, record)


@settings(max_examples=40, deadline=None)
@given(cases(Moment.GATE), st.booleans())
def test_the_same_model_again_is_the_one_other_decision_of_a_gate(case: Any, by_hand: bool):
    record = as_stored_run() | {"trigger": "a person" if by_hand else "schedule"}
    again = as_stored(decided(case))
    same = as_stored(unchanged(decided(case), by_hand=by_hand))
    assert deciding._taken(same) in deciding._allowed("gate", again, record)
    assert deciding.SAME == SAME_MODEL
    promoted = ("promote", 0, ["Trust me."])
    assert promoted not in deciding._allowed("gate", again, record)


@settings(max_examples=60, deadline=None)
@given(
    cases(Moment.NIGHT), st.one_of(st.none(), cases(Moment.RETRAIN)), st.one_of(st.none(), cases(Moment.GATE)),
    st.sampled_from(["night", "first", "gate alone", "unfit", "dry"]),
)  # fmt: skip
def test_what_the_whole_run_does_is_ours(night: Any, guards: Any, gate: Any, kind: str):
    alone = kind in ("gate alone", "dry")
    if alone and gate is None:
        return
    made = None if alone else judged(decided(night), decided(guards) if guards else None)
    challenger = challenge(decided(gate)) if gate else None
    unfit = "No challenger could be trained: too few events." if kind == "unfit" and gate is None else None
    whole = validation().model_copy(update={"tables": ()})
    evidence = NightEvidence(kind == "first", whole, "too few events." if unfit else None, served(), made, challenger)
    verdict = conclude(evidence, dry_run=kind == "dry")
    record = {
        "night_decision": as_stored(made.decision) if made else None,
        "guard_decision": as_stored(made.guards) if made and made.guards else None,
        "gate_decision": as_stored(challenger.decision) if challenger else None,
        "validation": as_stored(whole), "bootstrap": kind == "first", "dry_run": kind == "dry", "trigger": "schedule",
        "action": verdict.action.value, "exit_code": int(verdict.exit_code), "reasons": list(verdict.reasons),
    }  # fmt: skip
    assert deciding._taken(record) in deciding._whole(record)
    forged = record | {"action": "promote" if record["action"] != "promote" else "keep"}
    assert deciding._taken(forged) not in deciding._whole(forged)


def test_broken_data_halts_whatever_was_decided_and_nothing_else_does():
    halted = halted_night().validation
    assert halted is not None
    verdict = conclude(NightEvidence(bootstrap=False, validation=halted, champion=served(), night=judged()))
    record = as_stored_run() | {"validation": as_stored(halted), "reasons": list(verdict.reasons)}
    assert deciding._whole(record) == [("halt", 5, list(verdict.reasons))]
    unfit = conclude(NightEvidence(bootstrap=False, validation=validation(), unfit="no rows came"))
    record = as_stored_run() | {"night_decision": None, "gate_decision": None, "reasons": list(unfit.reasons)}
    assert deciding._whole(record) == [(unfit.action.value, int(unfit.exit_code), ["no rows came"])]


class _Case:
    """Of a night's case `hold` looks at these two."""

    def __init__(self, standing: Standing, as_of: Any) -> None:
        self.standing, self.as_of = standing, as_of


def as_stored_run() -> Any:
    return as_stored(kept_night())


def night_of(record: Any) -> Any:
    return date.fromisoformat(record["as_of"])


@pytest.mark.parametrize("name", ["HELD", "SAID", "FIRST", "UNTRAINED", "WAITS"])
def test_its_sentences_are_in_our_own_code(name: str):
    """A sentence that is worded anew there must be worded anew here."""
    said = getattr(deciding, name)
    sentences = [said] if isinstance(said, str) else list(said.values() if isinstance(said, dict) else said)
    root = Path(__file__).parents[4] / "tasks"
    source = (root / "governance" / "composing.py").read_text() + (root / "decide" / "night.py").read_text()
    assert all(sentence in source for sentence in sentences)
