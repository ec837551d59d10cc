"""What waits for a person, as the command lists it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tasks.governance.entry import EntryKind
from tasks.governance.questions import Asked
from tasks.project.policy import ApprovalRules
from tasks.report.plain import plain


def waiting_lines(asked: Sequence[Asked], rules: ApprovalRules, now: datetime) -> tuple[str, ...]:
    """Some lines for each question: which, since when, until when, what an answer does, and why it is asked."""
    if not asked:
        return ("Nothing waits for a person.",)
    return tuple(line for one in asked for line in _lines(one, rules, now))


def waiting_json(asked: Sequence[Asked], rules: ApprovalRules, now: datetime) -> list[dict[str, object]]:
    """The same for machines.

    Keys: run, entry, night, moment, version, promotes, trained_by, asked_at, until, expired, why.
    """
    return [
        {
            "run": one.question.run,
            "entry": one.question.sequence,
            "night": str(one.question.as_of),
            "moment": str(one.entry.kind),
            "version": one.question.version,
            "promotes": one.question.promotes,
            "trained_by": one.question.trainer if one.question.promotes else None,
            "asked_at": one.question.asked_at.isoformat(),
            "until": until.isoformat() if (until := _until(one, rules)) else None,
            "expired": one.question.expired(rules, now),
            "why": list(one.entry.reasons),
        }
        for one in asked
    ]


def _lines(one: Asked, rules: ApprovalRules, now: datetime) -> list[str]:
    question, until = one.question, _until(one, rules)
    moment = "the gate" if one.entry.kind is EntryKind.GATE else "the night"
    late = "; too late to approve" if question.expired(rules, now) else f"; until {until:%Y-%m-%d}" if until else ""
    what = "approving says that it was seen to"
    if question.promotes:
        trainer = question.trainer or "nobody that is recorded"
        what = f"approving puts version {question.version}, trained by {trainer}, into service"
    head = f"{question.run}  entry {question.sequence}, {moment} of {question.as_of}: {what}{late}"
    return [plain(head), *(f"  - {plain(reason)}" for reason in one.entry.reasons)]


def _until(one: Asked, rules: ApprovalRules) -> datetime | None:
    return None if rules.expires_days is None else one.question.asked_at + timedelta(days=rules.expires_days)
