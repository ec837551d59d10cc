"""Questions: the decisions in the ledger that wait for a person, and the one that a person means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.decide.approval import Question
from tasks.evidence.answer import Answer, Answered
from tasks.evidence.decision import Action
from tasks.governance.entry import Entry, EntryKind, Sealed
from tasks.governance.ledger import newest_promotion
from tasks.project.errors import ConfigurationError

#: What the gate decides that a person may let through all the same.
OVERRIDABLE = (Action.BLOCK, Action.KEEP)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in its place in the ledger.

    Attributes:
        question: the decision, as the rules of approval see it.
        entry: the decision's entry.
        answer: the entry that answered it; None while it waits.
    """

    question: Question
    entry: Entry
    answer: Sealed | None


def waiting(entries: Sequence[Sealed]) -> tuple[Asked, ...]:
    """Every decision that asks, is not answered and not overtaken by another model, oldest first; one a run.

    Args:
        entries: the whole ledger.
    """
    asks = [_asked(sealed, entries) for sealed in entries if _asks(sealed.entry)]
    by_gate = {asked.entry.run for asked in asks if asked.entry.kind is EntryKind.GATE}
    return tuple(
        asked
        for asked in asks
        if asked.answer is None
        and not asked.question.overtaken
        and (asked.entry.kind is EntryKind.GATE or asked.entry.run not in by_gate)
    )


def find_question(entries: Sequence[Sealed], named: str, *, override: bool) -> Asked:
    """The decision that a person means.

    A run may hold two: the gate's, and the night's. The gate's is meant where it asks, or where it is to be
    overridden; otherwise the night's. A number names one entry and no other.

    Args:
        entries: the whole ledger.
        named: id of the run, or the number of the entry in the ledger.
        override: whether what the gate stopped is to be let through.

    Raises:
        ConfigurationError: there is no such decision, it asks nothing, or it can be overridden and nobody said so.
    """
    sealed = _meant(entries, named.strip(), override)
    asked, entry = _asked(sealed, entries), sealed.entry
    if asked.answer is not None:
        return asked
    if entry.dry_run:
        raise _wrong("expected a decision that waits, received a dry run, which promotes nothing; judge in earnest")
    overridable = entry.kind is EntryKind.GATE and entry.action in OVERRIDABLE
    if override and not overridable:
        raise _wrong(f"expected a challenger that the gate stopped, received '{entry.action}'; leave out --override")
    if overridable and not override:
        raise _wrong(
            f"expected a decision that asks, received '{entry.action}' of the gate; to let the challenger through all "
            "the same, for ever marked as such, say --override and why"
        )
    if not overridable and entry.action is not Action.ASK:
        raise _wrong(f"expected a decision that asks, received '{entry.action}'; nothing waits for an answer there")
    return asked


def answer_to(entries: Sequence[Sealed], run: str) -> Answered | None:
    """What was answered to a run's question; None while it waits, or where it had none.

    Args:
        entries: the whole ledger.
        run: id of the run.
    """
    found = [one for one in entries if one.entry.kind is EntryKind.ANSWER and one.entry.run == run]
    return answered(found[-1].entry) if found else None


def let_in(entries: Sequence[Sealed], digest: str) -> Answered | None:
    """Who let a model into service, where it was a person and not the gate alone.

    Args:
        entries: the whole ledger.
        digest: SHA-256 of the model's files.
    """
    promotions = [s.entry for s in entries if s.entry.kind is EntryKind.PROMOTION and s.entry.model_digest == digest]
    return answered(promotions[-1]) if promotions and promotions[-1].answers else None


def answered(entry: Entry) -> Answered:
    """An entry of an answer, or of the promotion that followed, as a page shows it."""
    return Answered(
        answer=entry.answer or Answer.APPROVED,
        by=entry.by,
        on=entry.recorded_at.date(),
        reason=" ".join(entry.reasons),
        override=entry.override,
        version=entry.model_version if entry.action is Action.PROMOTE else None,
    )


def _asks(entry: Entry) -> bool:
    return entry.kind in (EntryKind.GATE, EntryKind.NIGHT) and entry.action is Action.ASK and not entry.dry_run


def _meant(entries: Sequence[Sealed], named: str, override: bool) -> Sealed:
    decided = [one for one in entries if one.entry.kind in (EntryKind.GATE, EntryKind.NIGHT)]
    by_number = [one for one in decided if named == str(one.sequence)]
    by_run = [one for one in decided if one.entry.run == named]
    if by_number and not by_run:
        return by_number[0]
    if not by_run:
        raise _wrong(f"expected the id of a run, or the number of its entry in the ledger, received '{named}'")
    gates = [one for one in by_run if one.entry.kind is EntryKind.GATE]
    nights = [one for one in by_run if one.entry.kind is EntryKind.NIGHT]
    asking = [one for one in (*gates, *nights) if _asks(one.entry)]
    return (gates or nights)[-1] if override or not asking else asking[0]


def _asked(sealed: Sealed, entries: Sequence[Sealed]) -> Asked:
    entry = sealed.entry
    answers = [one for one in entries if one.entry.kind is EntryKind.ANSWER and one.entry.run == entry.run]
    serving = newest_promotion(entries)
    later = [one for one in entries if one.sequence > sealed.sequence and one.entry.kind is EntryKind.PROMOTION]
    question = Question(
        sequence=sealed.sequence,
        seal=sealed.hash,
        as_of=entry.as_of,
        run=entry.run,
        action=entry.action,
        version=entry.model_version,
        digest=entry.model_digest,
        # A challenger that is the champion again, byte for byte, has nobody to replace.
        promotes=entry.kind is EntryKind.GATE
        and entry.model_digest is not None
        and entry.model_digest != (serving.digest if serving else None),
        trainer=_trainer(entry, entries),
        asked_at=entry.recorded_at,
        overtaken=any(one.entry.run != entry.run for one in later),
    )
    return Asked(question, entry, answers[-1] if answers else None)


def _trainer(entry: Entry, entries: Sequence[Sealed]) -> str:
    """Who had the run done in which the model was judged first: that of its training."""
    judged = [
        one.entry
        for one in entries
        if one.entry.kind is EntryKind.GATE and one.entry.model_digest == entry.model_digest
    ]
    return judged[0].user if judged else entry.user


def _wrong(fault: str) -> ConfigurationError:
    return ConfigurationError("DECISION", [f"{fault}; `assay decisions` lists what waits"])
