"""Outcomes, roles and decisions have words, and signs that are told apart without colour."""

from __future__ import annotations

import pytest

from tasks.evidence.decision import Action, ExitCode, Moment, Role
from tasks.evidence.finding import Outcome
from tasks.evidence.night_record import NightRecord
from tasks.report.words import ASKS_FOR, MOMENT_WORDS, OUTCOME_WORDS, SIGNS, headline, in_service, role_words
from tests.tasks.report.decisions import gate_decision, verdict
from tests.tasks.report.records import (
    asked_night,
    first_night,
    halted_night,
    held_night,
    kept_night,
    retrained_night,
)


def test_every_outcome_has_a_word_and_a_sign_of_its_own():
    assert set(OUTCOME_WORDS) == set(SIGNS) == set(Outcome)
    assert len(set(OUTCOME_WORDS.values())) == len(set(SIGNS.values())) == len(Outcome)
    assert {len(sign) for sign in SIGNS.values()} == {1}


def test_only_a_pass_is_said_to_pass():
    assert [outcome for outcome, words in OUTCOME_WORDS.items() if "pass" in words] == [Outcome.PASS]


def test_every_moment_has_its_words_and_so_has_whatever_a_check_may_ask_for():
    assert set(MOMENT_WORDS) == set(Moment)
    assert set(ASKS_FOR) == set(Action) - {Action.PROMOTE}


@pytest.mark.parametrize("role", list(Role))
def test_a_check_that_the_policy_does_not_name_is_said_to_be_that(role: Role):
    declared = role_words(verdict("c", "C", Outcome.PASS, role))
    undeclared = role_words(verdict("c", "C", Outcome.PASS, role, declared=False))
    assert declared == str(role)
    assert undeclared == f"{role} (not in the policy)"


@pytest.mark.parametrize(
    ("record", "version"),
    [
        (kept_night(), 3),
        (retrained_night(), 4),
        (retrained_night(Action.BLOCK), 3),
        (held_night(), 3),
        (halted_night(), 3),
        (asked_night(), 3),
        (first_night(), 1),
        (first_night(Action.BLOCK), None),
    ],
)
def test_the_model_that_serves_after_the_night(record: NightRecord, version: int | None):
    serving = in_service(record)
    assert (serving.version if serving else None) == version


@pytest.mark.parametrize("action", list(Action))
def test_every_decision_says_what_it_means_and_who_does_what_next(action: Action):
    said = headline(retrained_night().model_copy(update={"action": action}))
    assert said.word.lower() == ("ask a person" if action is Action.ASK else str(action))
    assert said.sentence.endswith(".")
    assert said.next.endswith(".")


def test_only_bad_data_says_that_it_never_retrains():
    records = (kept_night(), retrained_night(), retrained_night(Action.BLOCK), asked_night(), halted_night())
    assert [record.action for record in records if "never retrains" in headline(record).next] == [Action.HALT]


def test_a_challenger_in_shadow_is_told():
    gate = gate_decision().model_copy(update={"action": Action.KEEP, "exit_code": ExitCode.CANNOT_TELL})
    kept = {"action": Action.KEEP, "exit_code": ExitCode.CANNOT_TELL, "gate_decision": gate}
    said = headline(retrained_night().model_copy(update=kept))
    assert "version 4, waits in shadow" in said.sentence
    assert "looked at again" in said.next
    assert "shadow" not in headline(kept_night()).sentence
