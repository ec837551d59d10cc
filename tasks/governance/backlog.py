"""Backlog: which night is due, and which nights before it were missed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from tasks.evidence.decision import Action
from tasks.governance.entry import EntryKind, Sealed
from tasks.project.calendar import Calendar, Span

_DAY = timedelta(days=1)


def due_night(calendar: Calendar, scheduled: datetime, source_last: date) -> date:
    """The night that a run means that was scheduled for a time.

    It is the last one whose batch was complete by then; batches end at midnight UTC. Where the source is behind, it is
    the first one for which nothing came: that night halts, and so says that the feed stopped.

    Args:
        calendar: the project's batches.
        scheduled: when the run was to start; any time zone.
        source_last: last day of which the source has rows.
    """
    night = calendar.last_night(scheduled.astimezone(UTC).date() - _DAY)
    while calendar.batch(night).first > source_last + _DAY:
        night = calendar.previous(night)
    return night


def pending_nights(chain: Sequence[Sealed], calendar: Calendar, target: date, limit: int) -> tuple[date, ...]:
    """The nights to run so that none up to `target` is left out, oldest first.

    These are the nights after the last one that was decided: those that never ran, and those that halted, since their
    data may have come by now. A halted night that a later one has passed is left to a backfill. What is too much for
    one run is left to the next: of the missed nights the oldest come first, and of the halted ones the newest are
    tried, so that no lasting fault holds up the nights after it.

    Args:
        chain: the ledger's entries.
        calendar: the project's batches.
        target: the night that is due.
        limit: nights at most before `target`; 0 runs `target` alone.

    Returns:
        One night at least. It is `target` alone where nothing was decided yet, and where nothing was missed.
    """
    decided = {one.entry.as_of: one.entry.action for one in chain if one.entry.kind is EntryKind.NIGHT}
    judged = [night for night, action in decided.items() if action is not Action.HALT]
    if not decided or not limit or max(judged, default=date.min) >= target or min(decided) > target:
        return (target,)
    first = max(judged) + _DAY if judged else calendar.batch(min(decided)).first
    # Weeks may end on any day: a batch that reaches back into the last judged one is not another night.
    open_ = [night for night in calendar.nights(Span(first, target)) if calendar.batch(night).first >= first]
    halted = [night for night in open_ if night in decided and night != target]
    missed = [night for night in open_ if night not in decided or night == target]
    return tuple(sorted({*halted[-limit:], *missed[: limit + 1]})) or (target,)
