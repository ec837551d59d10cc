"""The anchor: the model of the last human sign-off. A chain of small losses is measured from it, not link by link.

Until a person signs another one it is the first model that was promoted: who set the project up and wrote its policy
answers for that one.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from tasks.adapters.tracking import Tracking
from tasks.evidence.decision import Action, ExitCode
from tasks.governance.champion import load_version
from tasks.governance.entry import ChampionEntry, EntryKind, Sealed
from tasks.governance.ledger import Ledger
from tasks.models.serving import ServedModel
from tasks.project.errors import ConfigurationError
from tasks.project.settings import AssaySettings


def anchor_entry(ledger: Ledger, as_of: date) -> ChampionEntry | None:
    """The anchor on a night: the newest signature up to it, or else the first promotion; None before any.

    Args:
        ledger: it alone says who signed what.
        as_of: the night.
    """
    entries = [sealed for sealed in ledger.entries() if sealed.entry.as_of <= as_of]
    signed = [sealed for sealed in entries if sealed.entry.kind is EntryKind.SIGN_OFF]
    promoted = [sealed for sealed in entries if sealed.entry.kind is EntryKind.PROMOTION]

    def order(sealed: Sealed) -> tuple[date, int]:
        return sealed.entry.as_of, sealed.sequence

    newest = max(signed, key=order, default=None) or min(promoted, key=order, default=None)
    return None if newest is None else ChampionEntry.of(newest)


def fetch_anchor(
    ledger: Ledger, tracking: Tracking, settings: AssaySettings, champion: ServedModel, as_of: date, scratch: Path
) -> ServedModel:
    """The anchor, loaded only while its digest matches; the champion itself where it is that model.

    Args:
        ledger: it alone says which model it is.
        tracking: where the model's files are.
        settings: the project's settings.
        champion: the model in service.
        as_of: the night.
        scratch: an empty directory for the files.

    Raises:
        TamperedArtifact: the files are not the ones that were recorded.
    """
    entry = anchor_entry(ledger, as_of)
    if entry is None or entry.digest == champion.identity.digest:
        return champion
    return load_version(tracking, settings, entry, scratch)


def sign_off(ledger: Ledger, by: str, reason: str, now: datetime) -> Sealed:
    """A person answers for the champion: from now on the gate measures small losses from it.

    Args:
        ledger: where it is recorded.
        by: who signs.
        reason: why, in words.
        now: time of the recording.

    Raises:
        ConfigurationError: no model serves yet, or this person signed it already on that night.
    """
    promotions = [sealed for sealed in ledger.entries() if sealed.entry.kind is EntryKind.PROMOTION]
    if not promotions:
        raise ConfigurationError("approve", ["expected a champion to sign, found none; run a night first"])
    newest = max(promotions, key=lambda sealed: (sealed.entry.as_of, sealed.sequence)).entry
    last = max(sealed.entry.as_of for sealed in ledger.entries())
    known = ledger.find(last, newest.run, EntryKind.SIGN_OFF)
    if known is not None:
        fault = f"version {newest.model_version} was signed on the night of {last} by {known.entry.by} already"
        raise ConfigurationError("approve", [f"expected a champion that is not signed yet; {fault}"])
    signature = newest.model_copy(
        update={
            "kind": EntryKind.SIGN_OFF,
            "as_of": last,
            "action": Action.KEEP,
            "exit_code": ExitCode.PASS,
            "reasons": (reason,),
            "by": by,
            "recorded_at": now,
        }
    )
    return ledger.append(signature)
