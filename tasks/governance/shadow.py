"""The shadow: a challenger that the rows could not tell from the champion, looked at again when there are more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tasks.evidence.decision import Action, ExitCode
from tasks.governance.entry import ChampionEntry, Entry, EntryKind, Tested
from tasks.governance.ledger import Ledger
from tasks.project.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Shadow:
    """A challenger in shadow.

    Attributes:
        model: its version and digest.
        tested: the rows of the last look at it.
    """

    model: ChampionEntry
    tested: Tested

    def due(self, newest: date, calendar: Calendar, batches: int) -> bool:
        """Whether that many batches of labels have come of age since the last look.

        Args:
            newest: last day of the newest batch whose labels are all old enough.
            calendar: the project's batches.
            batches: how many there must be.
        """
        return calendar.window(newest, batches).first > self.tested.last


def shadow(ledger: Ledger, as_of: date) -> Shadow | None:
    """The challenger in shadow on a night: the last one that the gate judged, if it kept the champion for want of rows.

    A night that is run late has none: what was judged, or went into service, since then is known by now.

    Args:
        ledger: it alone says what was judged.
        as_of: the night.
    """
    entries = [sealed.entry for sealed in ledger.entries()]
    judged = [one for one in entries if one.kind is EntryKind.GATE and one.tested and not one.dry_run]
    last, champion = judged[-1] if judged else None, ledger.latest_champion()
    if last is None or champion is None or max(last.as_of, champion.night) > as_of or not _undecided(last):
        return None
    if last.model_version is None or last.model_digest is None or last.tested is None:
        return None
    if last.model_digest == champion.digest:
        return None
    model = ChampionEntry(version=last.model_version, digest=last.model_digest, night=last.as_of)
    return Shadow(model, last.tested)


def _undecided(entry: Entry) -> bool:
    """Kept, and not because the two are known to be alike."""
    return entry.action is Action.KEEP and entry.exit_code is ExitCode.CANNOT_TELL
