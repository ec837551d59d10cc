"""Trials: what the ledger says of the challengers that were judged before; the gate's yearly budget rests on it."""

from __future__ import annotations

from datetime import date, timedelta

from tasks.evidence.candidate import Trials
from tasks.evidence.decision import Action
from tasks.governance.entry import Entry, EntryKind, Tested
from tasks.governance.ledger import Ledger
from tasks.project.calendar import Span

#: The year whose retrainings share one budget.
_YEAR = timedelta(days=365)


def trials(ledger: Ledger, as_of: date, tested: Span, broken: date | None = None, digest: str | None = None) -> Trials:
    """What was tried before a challenger is judged.

    All of the ledger counts, also what was judged for later nights: going back a night is another try.

    Args:
        ledger: every judgement is in it, a dry run's too: it has seen the rows as well.
        as_of: the night.
        tested: batches of the out-of-time rows.
        broken: first day of the rows whose outcomes left the scores, for a retraining that follows such an alarm.
        digest: of the challenger, where it was judged before and is looked at again; None for a new one.
    """
    judged = [
        sealed.entry for sealed in ledger.entries() if sealed.entry.kind is EntryKind.GATE and sealed.entry.tested
    ]
    return Trials(
        this_year=sum(abs(one.as_of - as_of) < _YEAR for one in judged),
        uses=sum(_half_of(tested, one.tested) for one in judged),
        looks=sum(_undecided(one) and one.model_digest == digest for one in judged) if digest else 0,
        alarmed=broken is not None,
        rows_after_break=1.0 if broken is None else _share_from(broken, tested),
    )


def _undecided(entry: Entry) -> bool:
    return entry.action is Action.KEEP and not entry.dry_run


def _half_of(tested: Span, before: Tested | None) -> bool:
    """Whether at least half of the days now used were used then."""
    if before is None:
        return False
    shared = (min(tested.last, before.last) - max(tested.first, before.first)).days + 1
    return 2 * shared >= (tested.last - tested.first).days + 1


def _share_from(first: date, span: Span) -> float:
    """Share of the days of a span that lie on or after a day."""
    return max((span.last - max(first, span.first)).days + 1, 0) / span.days
