"""The anchor: the model of the last human sign-off. A chain of small losses is measured from it, not link by link.

Until a person signs another one it is the first model that was promoted: who set the project up and wrote its policy
answers for that one.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def anchor_entry(ledger: Ledger) -> ChampionEntry | None:
    """The anchor: the newest signature, or else the first promotion; None before any.

    A night that is run late has the anchor of today: what it promotes would serve today.

    Args:
        ledger: it alone says who signed what.
    """
    entries = ledger.entries()
    signed, promoted = _of_kind(entries, EntryKind.SIGN_OFF), _of_kind(entries, EntryKind.PROMOTION)
    newest = max(signed, key=_order, default=None) or min(promoted, key=_order, default=None)
    return None if newest is None else ChampionEntry.of(newest)


def fetch_anchor(
    ledger: Ledger, tracking: Tracking, settings: AssaySettings, champion: ServedModel, scratch: Path
) -> ServedModel:
    """The anchor, loaded only while its digest matches; the champion itself where it is that model.

    Args:
        ledger: it alone says which model it is.
        tracking: where the model's files are.
        settings: the project's settings.
        champion: the model in service.
        scratch: an empty directory for the files.

    Raises:
        TamperedArtifact: the files are not the ones that were recorded.
    """
    entry = anchor_entry(ledger)
    if entry is None or entry.digest == champion.identity.digest:
        return champion
    return load_version(tracking, settings, entry, scratch)


def sign_off(ledger: Ledger, version: int, by: str, reason: str, now: datetime) -> Sealed:
    """A person answers for the champion: from now on the gate measures small losses from it.

    Args:
        ledger: where it is recorded.
        version: the model that the person has looked at; it must be the champion.
        by: who signs.
        reason: why, in words.
        now: time of the recording.

    Raises:
        ConfigurationError: the version is not the champion, or it is the anchor already.
    """
    entries = ledger.entries()
    promotions, signed = _of_kind(entries, EntryKind.PROMOTION), _of_kind(entries, EntryKind.SIGN_OFF)
    if not promotions:
        raise ConfigurationError("approve", ["expected a champion to sign, found none; run a night first"])
    newest = max(promotions, key=_order).entry
    if newest.model_version != version:
        fault = f"expected the version that serves, {newest.model_version}, received {version}"
        raise ConfigurationError("--version", [f"{fault}; read that one's card first"])
    if signed and max(signed, key=_order).entry.model_digest == newest.model_digest:
        raise ConfigurationError("approve", [f"expected a champion that is not signed yet; version {version} is"])
    last = max(sealed.entry.as_of for sealed in entries)
    signature = newest.model_copy(
        update={
            "kind": EntryKind.SIGN_OFF,
            "as_of": last,
            "action": Action.KEEP,
            "exit_code": ExitCode.PASS,
            "reasons": (reason,),
            "by": by,
            "signer": "",
            "recorded_at": now,
        }
    )
    return ledger.append(signature)


def _of_kind(entries: Sequence[Sealed], kind: EntryKind) -> list[Sealed]:
    return [sealed for sealed in entries if sealed.entry.kind is kind]


def _order(sealed: Sealed) -> tuple[date, int]:
    return sealed.entry.as_of, sealed.sequence
