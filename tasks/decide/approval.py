"""Approval: whether a person's answer to a decision is taken, under the policy's rules. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tasks.evidence.answer import Answer, Reply
from tasks.evidence.decision import Action
from tasks.project.policy import ApprovalRules


@dataclass(frozen=True, slots=True)
class Question:
    """A decision that a person may answer.

    Attributes:
        sequence: its entry in the ledger.
        seal: the seal of that entry.
        as_of: its night.
        run: its run.
        action: what was decided: ask, or what the gate did instead.
        version: the challenger, or the model that the night judged; None where there was none.
        digest: SHA-256 of that model's files.
        promotes: whether approving puts a challenger into service.
        trainer: who had the challenger trained; empty where it is not known.
        asked_at: when it was recorded.
        overtaken: whether another model went into service since.
    """

    sequence: int
    seal: str
    as_of: date
    run: str
    action: Action
    version: int | None
    digest: str | None
    promotes: bool
    trainer: str
    asked_at: datetime
    overtaken: bool

    def expired(self, rules: ApprovalRules, now: datetime) -> bool:
        """Whether it is too old to be answered."""
        return rules.expires_days is not None and now - self.asked_at > timedelta(days=rules.expires_days)


def objection(question: Question, reply: Reply, rules: ApprovalRules) -> str | None:
    """Why an answer is not taken, in a sentence; None when it is.

    - Another model went into service since: the question is about one that nobody serves.
    - The policy names who may answer, and this is someone else.
    - Four eyes: who had the challenger trained may not let it into service. Where it is not known who trained it,
      nobody can be shown to be another, so nobody may.
    - The policy forbids to let through what the gate stopped.

    Args:
        question: the decision.
        reply: what the person says.
        rules: `[approval]` of the policy.
    """
    approves = reply.answer is Answer.APPROVED and question.promotes
    if question.overtaken:
        return (
            "another model went into service since, so the challenger was compared with one that does not serve; "
            "judge again with `assay gate` or `assay retrain`"
        )
    if rules.approvers and not any(same_person(reply.by, name) for name in rules.approvers):
        return f"expected one of the approvers of the policy ({', '.join(rules.approvers)}), received {reply.by}"
    if approves and reply.override and not rules.overrides:
        return "the policy lets nobody override the gate ([approval] overrides = false)"
    if not (approves and rules.four_eyes):
        return None
    if not question.trainer:
        return "the policy wants four eyes, and it is not recorded who had the challenger trained; train it again"
    if same_person(reply.by, question.trainer):
        return f"the policy wants four eyes: {question.trainer} had the challenger trained, so someone else approves it"
    return None


def same_person(one: str, other: str) -> bool:
    """Whether two names are the same but for case, spaces and the way in which letters are encoded."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
