"""Answers in the ledger: taken once, refused with a trace, and what is approved serves in the same transaction."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tasks.evidence.answer import Answer, Reply
from tasks.evidence.decision import Action, ExitCode
from tasks.governance.answering import Office, examine, expire, seal_answer
from tasks.governance.entry import EntryKind, Sealed
from tasks.governance.ledger import JudgedAgainst, Ledger
from tasks.governance.questions import answer_to, find_question, let_in, waiting
from tasks.project.errors import ChampionMoved, ConfigurationError, NotApproved
from tasks.project.policy import ApprovalRules
from tests.tasks.governance.test_ledger import NOON, entry, promotion

SERVING, NEW = "ab" * 32, "ba" * 32
YES = Reply(Answer.APPROVED, "R. Officer", "reviewed")
NO = Reply(Answer.REJECTED, "R. Officer", "not convinced")
ASK = {"action": Action.ASK, "exit_code": ExitCode.ASKS, "model_version": 4, "model_digest": NEW, "user": "T. Rainer"}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A champion, version 3; on the fifth the gate asks about version 4; a night was decided since."""
    made = Ledger(tmp_path / "ledger.db")
    made.append_all(
        [
            promotion(1, 3),
            entry(5, "r5", EntryKind.GATE, **ASK),
            entry(5, "r5", action=Action.ASK, exit_code=ExitCode.ASKS),
            entry(6, "r6"),
        ]
    )
    return made


def office(ledger: Ledger, now: datetime = NOON + timedelta(days=1), **rules: object) -> Office:
    return Office(ledger, ApprovalRules.model_validate(rules), "cc" * 32, "dd" * 32, "0.2.0", now)


def give(at: Office, named: str, reply: Reply, against: str = SERVING) -> Sealed:
    return seal_answer(at, examine(at, named, reply), reply, JudgedAgainst(against))


def kinds(ledger: Ledger) -> list[str]:
    return [str(sealed.entry.kind) for sealed in ledger.entries()]


def serving(ledger: Ledger) -> int | None:
    champion = ledger.latest_champion()
    return champion.version if champion else None


@pytest.mark.parametrize("named", ["r5", "2"])
def test_an_approved_challenger_serves_from_the_newest_night_on(ledger: Ledger, named: str):
    sealed = give(office(ledger), named, YES)
    answer, promoted = (one.entry for one in ledger.entries()[-2:])
    assert sealed.entry == answer
    assert (answer.kind, answer.answer, answer.by, answer.reasons) == (
        "answer",
        "approved",
        "R. Officer",
        ("reviewed",),
    )
    assert (answer.answers, answer.model_digest, answer.action) == (ledger.entries()[1].hash, NEW, Action.PROMOTE)
    assert (answer.policy_digest, answer.settings_digest) == ("cc" * 32, "dd" * 32)
    assert (promoted.kind, promoted.as_of, promoted.run, promoted.override) == (
        "promotion",
        date(2025, 6, 6),
        "r5",
        False,
    )
    champions = [ledger.champion(date(2025, 6, day)) for day in (5, 6)]
    assert [champion.version for champion in champions if champion] == [3, 4]
    assert ledger.verify() == ()


def test_a_rejected_one_does_not_serve_and_the_refusal_says_as_much_as_an_approval(ledger: Ledger):
    entry_ = give(office(ledger), "r5", NO).entry
    assert serving(ledger) == 3
    assert (entry_.answer, entry_.by, entry_.reasons, entry_.action) == (
        "rejected", "R. Officer", ("not convinced",), Action.KEEP,
    )  # fmt: skip
    assert (entry_.answers, entry_.model_version, entry_.model_digest) == (ledger.entries()[1].hash, 4, NEW)


def test_the_same_answer_again_is_a_no_op_and_another_one_comes_too_late(ledger: Ledger):
    first = give(office(ledger), "r5", YES)
    before = kinds(ledger)
    assert give(office(ledger, NOON + timedelta(days=9)), "r5", replace(YES, by="r. OFFICER")) == first
    for other in (NO, replace(YES, by="S. Other")):
        with pytest.raises(ConfigurationError, match="approved by R. Officer"):
            give(office(ledger), "r5", other)
    assert kinds(ledger) == before


def test_a_denied_answer_is_recorded_and_the_question_still_waits(ledger: Ledger):
    rules = office(ledger, four_eyes=True)
    for _ in range(2):
        with pytest.raises(NotApproved, match="four eyes"):
            give(rules, "r5", replace(YES, by="T. Rainer"))
    denial = ledger.entries()[-1].entry
    assert kinds(ledger).count("denial") == 1
    assert (denial.by, denial.answer, denial.answers) == ("T. Rainer", "approved", ledger.entries()[1].hash)
    assert "four eyes" in denial.reasons[0]
    assert denial.reasons[1] == "Said: reviewed"
    assert [asked.question.run for asked in waiting(ledger.entries())] == ["r5"]
    assert give(rules, "r5", YES).entry.answer is Answer.APPROVED


def test_who_trained_is_the_user_of_the_first_judgement_of_the_model(ledger: Ledger):
    ledger.append(entry(8, "r8", EntryKind.GATE, **ASK | {"user": "the schedule"}))
    assert find_question(ledger.entries(), "r8", override=False).question.trainer == "T. Rainer"


def test_too_late_is_recorded_once_and_closes_the_question(ledger: Ledger):
    late = office(ledger, NOON + timedelta(days=8), expires_days=7)
    for reply in (YES, NO):
        with pytest.raises(NotApproved, match="nobody answered within 7 days"):
            give(late, "r5", reply)
    expired = [sealed.entry for sealed in ledger.entries() if sealed.entry.kind is EntryKind.ANSWER]
    assert [(one.answer, one.by, one.action) for one in expired] == [("expired", "assay", Action.KEEP)]
    assert waiting(ledger.entries()) == ()
    assert serving(ledger) == 3
    with pytest.raises(NotApproved):
        give(office(ledger), "r5", YES)


def test_a_run_closes_what_nobody_answered_in_time_and_nothing_else(ledger: Ledger):
    assert expire(office(ledger, NOON + timedelta(days=7), expires_days=7)) == ()
    assert expire(office(ledger, NOON + timedelta(days=99))) == ()
    assert len(expire(office(ledger, NOON + timedelta(days=8), expires_days=7))) == 1
    assert expire(office(ledger, NOON + timedelta(days=9), expires_days=7)) == ()


def blocked(ledger: Ledger, action: Action = Action.BLOCK) -> Ledger:
    ledger.append(entry(7, "r7", EntryKind.GATE, **ASK | {"action": action, "exit_code": ExitCode.BLOCKED}))
    return ledger


@pytest.mark.parametrize("action", [Action.BLOCK, Action.KEEP])
def test_what_the_gate_stopped_is_let_through_by_an_override_only_and_marked(ledger: Ledger, action: Action):
    at = office(blocked(ledger, action))
    with pytest.raises(ConfigurationError, match="--override"):
        give(at, "r7", YES)
    give(at, "r7", replace(YES, override=True))
    assert [one.entry.override for one in ledger.entries()[-2:]] == [True, True]
    who = let_in(ledger.entries(), NEW)
    assert who is not None
    assert (who.by, who.override, who.version) == ("R. Officer", True, 4)


def test_an_override_is_for_what_the_gate_stopped_and_for_policies_that_allow_it(ledger: Ledger):
    with pytest.raises(ConfigurationError, match="leave out --override"):
        give(office(ledger), "r5", replace(YES, override=True))
    with pytest.raises(NotApproved, match="lets nobody override"):
        give(office(blocked(ledger), overrides=False), "r7", replace(YES, override=True))
    assert serving(ledger) == 3


def test_a_question_of_the_night_alone_is_seen_to_and_nothing_moves(ledger: Ledger):
    ledger.append(entry(9, "r9", action=Action.ASK, exit_code=ExitCode.ASKS))
    assert give(office(ledger), "r9", YES).entry.action is Action.KEEP
    assert serving(ledger) == 3
    assert [asked.question.run for asked in waiting(ledger.entries())] == ["r5"]


def test_a_challenger_that_is_the_champion_again_moves_nothing(ledger: Ledger):
    ledger.append(entry(9, "r9", EntryKind.GATE, **ASK | {"model_version": 3, "model_digest": SERVING}))
    assert give(office(ledger), "r9", YES).entry.action is Action.KEEP
    assert kinds(ledger)[-1] == "answer"


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("r6", "a decision that asks, received 'keep'"),
        ("nobody", "received 'nobody'"),
        ("1", "received '1'"),
        ("r8", "dry run"),
    ],
)
def test_what_does_not_wait_takes_no_answer(ledger: Ledger, named: str, said: str):
    ledger.append(entry(8, "r8", EntryKind.GATE, **ASK | {"dry_run": True}))
    with pytest.raises(ConfigurationError, match=said):
        give(office(ledger), named, YES)
    assert answer_to(ledger.entries(), named) is None


def test_after_another_promotion_the_question_is_overtaken_and_the_attempt_recorded(ledger: Ledger):
    ledger.append(promotion(7, 5, "r7"))
    assert waiting(ledger.entries()) == ()
    with pytest.raises(NotApproved, match="another model went into service"):
        give(office(ledger), "r5", YES)
    assert kinds(ledger)[-1] == "denial"


def test_a_promotion_between_the_rules_and_the_seal_wins(ledger: Ledger):
    at = office(ledger)
    asked = examine(at, "r5", YES)
    ledger.append(entry(7, "r7", EntryKind.PROMOTION, action=Action.PROMOTE, model_version=5, model_digest="ff" * 32))
    with pytest.raises(ChampionMoved):
        seal_answer(at, asked, YES, JudgedAgainst(SERVING))
    assert serving(ledger) == 5
    assert "answer" not in kinds(ledger)


def test_of_several_answers_at_once_one_wins(ledger: Ledger):
    """Approvals and rejections by eight people who all saw the question open: without the project's lock."""
    replies = [replace(YES if place % 2 else NO, by=f"Person {place}") for place in range(8)]
    at = office(ledger)
    asked = [examine(at, "r5", reply) for reply in replies]
    gate, won, lost = threading.Barrier(len(replies)), [], []

    def answer(place: int) -> None:
        gate.wait()
        try:
            won.append(seal_answer(at, asked[place], replies[place], JudgedAgainst(SERVING)).entry)
        except ConfigurationError as error:
            lost.append(str(error))

    threads = [threading.Thread(target=answer, args=(place,)) for place in range(len(replies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 7)
    assert all(f"{won[0].answer} by {won[0].by}" in said for said in lost)
    assert kinds(ledger).count("answer") == 1
    assert serving(ledger) == (4 if won[0].answer is Answer.APPROVED else 3)
    assert ledger.verify() == ()


@pytest.mark.parametrize("blank", [{"by": " "}, {"reason": ""}])
def test_an_answer_has_a_name_and_a_reason(ledger: Ledger, blank: dict[str, str]):
    before = kinds(ledger)
    with pytest.raises(ConfigurationError, match="who answers and why"):
        give(office(ledger), "r5", replace(YES, **blank))
    assert kinds(ledger) == before


def test_the_time_of_an_answer_is_its_own(ledger: Ledger):
    assert give(office(ledger), "r5", YES).entry.recorded_at == datetime(2025, 7, 1, 12, tzinfo=UTC)
