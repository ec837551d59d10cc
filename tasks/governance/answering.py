"""Answering: a person's answer to a decision, sealed in the ledger; the registry follows the ledger afterwards.

What is approved becomes the champion in the same transaction in which the answer is recorded, and only in the place of
the model that the challenger was judged against. Killed before it, nothing was answered; killed after it, the next run,
or the same command again, brings the registry in line.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from tasks.decide.approval import objection, same_person
from tasks.evidence.answer import Answer, Reply
from tasks.evidence.decision import Action, ExitCode
from tasks.governance.entry import Entry, EntryKind, Sealed
from tasks.governance.ledger import JudgedAgainst, Ledger
from tasks.governance.questions import Asked, find_question, waiting
from tasks.project.errors import ConfigurationError, CouldNotRun, NotApproved
from tasks.project.policy import ApprovalRules

#: Who closes a question that nobody answered in time.
ASSAY = "assay"

#: Hexadecimal digits that tell the denials of one question apart.
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Office:
    """Under which rules and files an answer is taken.

    Attributes:
        ledger: where it is recorded.
        rules: `[approval]` of the policy as it is now.
        policy_digest: SHA-256 of policy.toml as it is now.
        settings_digest: SHA-256 of assay.toml as it is now.
        code_version: of the code that takes it.
        now: time of the recording.
    """

    ledger: Ledger
    rules: ApprovalRules
    policy_digest: str
    settings_digest: str
    code_version: str
    now: datetime


def examine(office: Office, named: str, reply: Reply) -> Asked:
    """The question that an answer is meant for, after every rule was held against the answer.

    Args:
        office: rules, files, ledger, time.
        named: id of the run, or the number of the entry.
        reply: what the person says.

    Returns:
        The question; one that was answered in the same words before, too.

    Raises:
        ConfigurationError: there is no such question, it was answered otherwise, or nobody says why.
        NotApproved: the answer is not taken; the denial, or the expiry, is recorded.
    """
    if not (reply.by.strip() and reply.reason.strip()):
        raise ConfigurationError("the answer", ["expected who answers and why, in words, received nothing; give both"])
    asked = find_question(office.ledger.entries(), named, override=reply.override)
    if asked.answer is not None:
        _same_answer(asked.answer, reply)
        return asked
    if asked.question.expired(office.rules, office.now):
        _expire(office, asked)
        raise NotApproved(_expired(asked, office.rules))
    refused = objection(asked.question, reply, office.rules)
    if refused is not None:
        office.ledger.append(_denial(office, asked, reply, refused))
        raise NotApproved(f"not {reply.answer}: {refused}. That it was tried is in the ledger")
    return asked


def seal_answer(office: Office, asked: Asked, reply: Reply, against: JudgedAgainst) -> Sealed:
    """Record an answer that was examined; what is approved goes into service in the same transaction.

    Args:
        office: rules, files, ledger, time.
        asked: what `examine` returned.
        reply: what the person says.
        against: the champion that the challenger was compared with.

    Returns:
        The entry of the answer.

    Raises:
        ConfigurationError: somebody else answered first.
        ChampionMoved: another model serves by now; nothing is recorded.
    """
    if asked.answer is not None:
        return asked.answer
    entries = [_answer(office, asked, reply)]
    if entries[0].action is Action.PROMOTE:
        # Into service on the newest night: the ones before it were decided under another model.
        newest = max(sealed.entry.as_of for sealed in office.ledger.entries())
        entries.append(entries[0].model_copy(update={"kind": EntryKind.PROMOTION, "as_of": newest}))
    try:
        return office.ledger.append_all(entries, against)[0]
    except CouldNotRun:
        first = find_question(office.ledger.entries(), str(asked.question.sequence), override=reply.override).answer
        if first is None:
            raise
        _same_answer(first, reply)
        return first


def expire(office: Office) -> tuple[Sealed, ...]:
    """Close every question that is too old to be answered; the entries."""
    late = [asked for asked in waiting(office.ledger.entries()) if asked.question.expired(office.rules, office.now)]
    return tuple(_expire(office, asked) for asked in late)


def _expire(office: Office, asked: Asked) -> Sealed:
    return office.ledger.append(_answer(office, asked, Reply(Answer.EXPIRED, ASSAY, _expired(asked, office.rules))))


def _expired(asked: Asked, rules: ApprovalRules) -> str:
    return (
        f"run {asked.question.run} asked on {asked.question.asked_at:%Y-%m-%d} and nobody answered within "
        f"{rules.expires_days} days; judge again with `assay gate` or `assay retrain`"
    )


def _same_answer(sealed: Sealed, reply: Reply) -> None:
    """The same answer by the same person again is no second answer; any other one comes too late."""
    entry = sealed.entry
    if entry.answer is Answer.EXPIRED:
        raise NotApproved(" ".join(entry.reasons))
    if entry.answer is reply.answer and same_person(entry.by, reply.by) and entry.override == reply.override:
        return
    fault = f"{entry.answer} by {entry.by} on {entry.recorded_at:%Y-%m-%d} (entry {sealed.sequence})"
    raise ConfigurationError("DECISION", [f"expected a question that waits, but run {entry.run} was {fault}"])


def _answer(office: Office, asked: Asked, reply: Reply) -> Entry:
    promotes = reply.answer is Answer.APPROVED and asked.question.promotes
    return _entry(office, asked, reply).model_copy(update={"action": Action.PROMOTE if promotes else Action.KEEP})


def _denial(office: Office, asked: Asked, reply: Reply, why: str) -> Entry:
    tried = json.dumps([reply.answer, reply.by, reply.reason, reply.override, why])
    told = hashlib.sha256(tried.encode()).hexdigest()[:_DIGITS]
    changes = {
        "kind": EntryKind.DENIAL,
        "run": f"{asked.question.run}.{told}",
        "exit_code": ExitCode.BLOCKED,
        "reasons": (f"Not taken: {why}", f"Said: {reply.reason}"),
    }
    return _entry(office, asked, reply).model_copy(update=changes)


def _entry(office: Office, asked: Asked, reply: Reply) -> Entry:
    """The decision's entry, answered: the same model, bundle and run, today's files, and who answered why."""
    changes = {
        "kind": EntryKind.ANSWER,
        "action": Action.KEEP,
        "exit_code": ExitCode.PASS,
        "reasons": (reply.reason,),
        "policy_digest": office.policy_digest,
        "settings_digest": office.settings_digest,
        "code_version": office.code_version,
        "by": reply.by,
        "answers": asked.question.seal,
        "answer": reply.answer,
        "override": reply.override,
        "tested": None,
        "recorded_at": office.now,
    }
    return asked.entry.model_copy(update=changes)
