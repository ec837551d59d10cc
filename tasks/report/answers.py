"""Answers: what a decision that asks wants typed, and what a page says once a person has answered."""

from __future__ import annotations

from tasks.evidence.answer import Answer, Answered
from tasks.evidence.decision import Action
from tasks.evidence.night_record import NightRecord
from tasks.report.figures import day

#: What follows a run's id on the command line.
_SAID = "--by NAME --reason TEXT"

_ANSWER_WORDS = {Answer.APPROVED: "approved", Answer.REJECTED: "rejected", Answer.EXPIRED: "too late"}


def to_answer(record: NightRecord) -> str:
    """The commands that answer a run that asks, and what each of them does."""
    gate = record.gate_decision
    if gate is not None and gate.action is Action.ASK and record.challenger is not None:
        new = f"version {record.challenger.version}"
        return (
            f"`assay approve {record.run} {_SAID}` puts {new} into service; `assay reject {record.run} {_SAID}` "
            "refuses it. Nothing changes until then."
        )
    return (
        f"`assay approve {record.run} {_SAID}` says that it was seen to, and the model stays; `assay retrain --reason "
        "TEXT` trains a new one. Nothing changes until then."
    )


def answer_word(answer: Answered) -> str:
    """'approved', 'rejected', 'too late'; 'overridden' where the gate had stopped what was let through."""
    return "overridden" if answer.override else _ANSWER_WORDS[answer.answer]


def answer_sentence(answer: Answered) -> str:
    """Who answered what, when, why, and what came of it."""
    if answer.answer is Answer.EXPIRED:
        return f"On {day(answer.on)} it was too late to answer: {answer.reason}"
    against = ", although the gate had stopped it" if answer.override else ""
    came = f"Version {answer.version} went into service{against}." if answer.version else "The model in service stays."
    return f"{answer.by} {_ANSWER_WORDS[answer.answer]} it on {day(answer.on)}: {answer.reason}. {came}"


def let_in_words(answer: Answered) -> str:
    """Who let a model into service, where it was a person: for a list of facts."""
    how = "against the gate" if answer.override else "where the gate asked"
    return f"{answer.by}, {how}, on {day(answer.on)}: {answer.reason}"


def override_sentence(answer: Answered | None) -> str:
    """The mark that an override leaves on every page and card of the model; empty without one."""
    if answer is None or not answer.override:
        return ""
    return (
        f"Version {answer.version} is in service although the gate stopped it. {answer.by} overrode the gate on "
        f"{day(answer.on)}: {answer.reason}"
    )
