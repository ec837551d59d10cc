"""What is to be typed, and the mark that an override leaves on page, card and terminal."""

from __future__ import annotations

from tasks.evidence.answer import Answer
from tasks.governance.model_card import model_card
from tasks.project.statements import Statements
from tasks.report.answers import answer_sentence, override_sentence, to_answer
from tasks.report.night import render_night
from tests.tasks.report.gates import APPROVED, OVERRIDDEN, asking, judged
from tests.tasks.report.records import asked_night, kept_night

MARK = "is in service although the gate stopped it"


def test_a_gate_that_asks_says_what_approves_and_what_refuses():
    record = judged(asking()).record
    assert record is not None
    said = to_answer(record)
    assert f"assay approve {record.run} " in said
    assert f"assay reject {record.run} " in said


def test_a_night_that_asks_says_what_sees_to_it_and_what_trains():
    said = to_answer(asked_night().model_copy(update={"gate_decision": None}))
    assert "assay approve" in said
    assert "assay retrain" in said


def test_who_overrode_is_on_every_later_page_and_card():
    later = kept_night().model_copy(update={"let_in": OVERRIDDEN.model_copy(update={"version": 3})})
    for document in (render_night(later), model_card(later, Statements())):
        assert MARK in document
        assert "R. Officer" in document


def test_who_approved_where_the_gate_asked_is_named_without_a_mark():
    later = kept_night().model_copy(update={"let_in": APPROVED.model_copy(update={"version": 3})})
    for document in (render_night(later), model_card(later, Statements())):
        assert MARK not in document
        assert "R. Officer, where the gate asked" in document
    assert "R. Officer" not in render_night(kept_night())


def test_the_page_of_a_question_shows_its_answer():
    record = judged(asking()).record
    assert record is not None
    page = render_night(record, OVERRIDDEN)
    assert "Ask a person: overridden" in page
    assert MARK in page
    assert "version 4</dd>" in page


def test_an_expired_question_says_so_and_marks_nothing():
    expired = APPROVED.model_copy(
        update={"answer": Answer.EXPIRED, "by": "assay", "version": None, "reason": "nobody answered"}
    )
    assert "too late" in answer_sentence(expired)
    assert override_sentence(expired) == override_sentence(None) == ""
