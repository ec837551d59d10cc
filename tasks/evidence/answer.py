"""Answer: what a person says to a decision that asks, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tasks.evidence.record import Record


class Answer(StrEnum):
    """What a person, or time, says to a question."""

    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person says.

    Attributes:
        answer: approved or rejected.
        by: who says it; a name that is claimed, not proved.
        reason: why, in words.
        override: True to let through what the gate had stopped.
    """

    answer: Answer
    by: str
    reason: str
    override: bool = False


class Answered(Record):
    """An answer that was taken.

    Attributes:
        answer: approved, rejected or expired.
        by: who answered; 'assay' where time did.
        on: day of the answer, in UTC.
        reason: why, in words.
        override: True where the gate had stopped what was let through.
        version: the model that it put into service; None where it put none.
    """

    answer: Answer
    by: str
    on: date
    reason: str
    override: bool = False
    version: int | None = None
