"""The rules of approval: each of them stops what it is for, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.decide.approval import Question, objection, same_person
from tasks.evidence.answer import Answer, Reply
from tasks.evidence.decision import Action
from tasks.project.policy import ApprovalRules

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
ASKED = Question(
    sequence=4, seal="ab" * 32, as_of=date(2025, 6, 30), run="r4", action=Action.ASK, version=4, digest="cd" * 32,
    promotes=True, trainer="T. Rainer", asked_at=NOON, overtaken=False,
)  # fmt: skip
YES = Reply(Answer.APPROVED, "R. Officer", "reviewed")
NO = Reply(Answer.REJECTED, "R. Officer", "not convinced")
FOUR_EYES = ApprovalRules(four_eyes=True)


def test_without_rules_anyone_may_answer():
    for reply in (YES, NO, replace(YES, by="T. Rainer"), replace(YES, override=True)):
        assert objection(ASKED, reply, ApprovalRules()) is None


@pytest.mark.parametrize("by", ["T. Rainer", "t. rainer", " T.  RAINER ", "Ｔ. Rainer"])
def test_with_four_eyes_the_one_who_trained_cannot_approve(by: str):
    assert "four eyes" in str(objection(ASKED, replace(YES, by=by), FOUR_EYES))
    assert "four eyes" in str(objection(ASKED, replace(YES, by=by, override=True), FOUR_EYES))


def test_with_four_eyes_another_can_and_the_one_who_trained_may_reject_or_see_to_a_night():
    assert objection(ASKED, YES, FOUR_EYES) is None
    assert objection(ASKED, replace(NO, by="T. Rainer"), FOUR_EYES) is None
    assert objection(replace(ASKED, promotes=False), replace(YES, by="T. Rainer"), FOUR_EYES) is None


def test_with_four_eyes_nobody_approves_where_it_is_not_known_who_trained():
    assert "not recorded" in str(objection(replace(ASKED, trainer=""), YES, FOUR_EYES))
    assert objection(replace(ASKED, trainer=""), YES, ApprovalRules()) is None


def test_only_the_approvers_answer_where_the_policy_names_some():
    rules = ApprovalRules(approvers=("r. officer", "S. Other"))
    assert objection(ASKED, YES, rules) is None
    for reply in (YES, NO):
        assert "approvers" in str(objection(ASKED, replace(reply, by="Somebody"), rules))


def test_a_policy_without_overrides_has_none():
    rules = ApprovalRules(overrides=False)
    assert "override" in str(objection(ASKED, replace(YES, override=True), rules))
    assert objection(ASKED, YES, rules) is None


def test_a_question_about_a_model_that_serves_no_more_takes_no_answer():
    assert "went into service since" in str(objection(replace(ASKED, overtaken=True), YES, ApprovalRules()))


def test_it_expires_after_its_days_and_not_on_the_last_of_them():
    rules = ApprovalRules(expires_days=7)
    assert not ASKED.expired(rules, NOON + timedelta(days=7))
    assert ASKED.expired(rules, NOON + timedelta(days=7, seconds=1))
    assert not ASKED.expired(ApprovalRules(), NOON + timedelta(days=9999))


@given(st.text(), st.text())
def test_being_the_same_person_is_symmetric_and_every_name_is_its_own(one: str, other: str):
    assert same_person(one, one)
    assert same_person(one, other) == same_person(other, one)
