"""The registry's aliases follow the ledger, and every move of one is an entry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tasks.adapters.tracking import Tracking
from tasks.governance.entry import Alias, AliasMove, Entry, EntryKind
from tasks.governance.ledger import Ledger
from tasks.project.run import code_version


def follow_ledger(ledger: Ledger, tracking: Tracking, now: datetime) -> None:
    """Point the registry's aliases where the ledger says; a registry that was left behind, or moved, is corrected.

    The champion is the model of the newest promotion, the challenger the newest one that a gate judged in earnest. A
    move is recorded first, so no alias is ever moved without a trace; and marked in the registry afterwards, so that
    one which a kill kept from being made is made later, and not recorded twice.

    A challenger whose version was removed from the registry has no alias: nothing depends on it, and no night stops
    because of it.

    Args:
        ledger: it alone says which model serves.
        tracking: the registry.
        now: time of the recording.
    """
    chain = ledger.entries()
    moves = [sealed.entry.moved for sealed in chain if sealed.entry.moved]
    by_night = sorted(chain, key=lambda sealed: (sealed.entry.as_of, sealed.sequence))
    named = [one.entry for one in by_night if one.entry.model_version is not None and not one.entry.dry_run]
    for alias, kind in ((Alias.CHALLENGER, EntryKind.GATE), (Alias.CHAMPION, EntryKind.PROMOTION)):
        decided = [one for one in named if one.kind is kind]
        if decided:
            moves += _follow(alias, decided[-1], moves, ledger, tracking, now)


def _follow(
    alias: Alias, decided: Entry, moves: Sequence[AliasMove], ledger: Ledger, tracking: Tracking, now: datetime
) -> list[AliasMove]:
    """Bring one alias in line; the moves that were recorded for it beyond those before: one, or none."""
    version = decided.model_version
    own = [move for move in moves if move.alias is alias]
    pointed, made = tracking.alias(alias), tracking.moves_made(alias)
    if alias is Alias.CHALLENGER and pointed != version and version not in tracking.versions():
        return []
    recorded: list[AliasMove] = []
    if version is not None and pointed != version:
        left = own[-1] if own and made != len(own) else None
        if left is None or (left.before, left.after) != (pointed, version):
            recorded = [AliasMove(alias=alias, number=len(moves) + 1, before=pointed, after=version)]
            ledger.append(_entry(decided, recorded[0], now))
        tracking.set_alias(alias, version)
    if made != len(own) + len(recorded):
        tracking.mark_moves_made(alias, len(own) + len(recorded))
    return recorded


def _entry(decided: Entry, moved: AliasMove, now: datetime) -> Entry:
    found = f"pointed at version {moved.before}" if moved.before is not None else "did not exist"
    return Entry(
        kind=EntryKind.ALIAS,
        project=decided.project,
        as_of=decided.as_of,
        run=decided.run,
        action=decided.action,
        exit_code=decided.exit_code,
        reasons=(f"The alias '{moved.alias}' {found}; the ledger's {moved.alias} is version {moved.after}.",),
        model_version=decided.model_version,
        model_digest=decided.model_digest,
        policy_digest=decided.policy_digest,
        settings_digest=decided.settings_digest,
        bundle=decided.bundle,
        bundle_digest=decided.bundle_digest,
        code_version=code_version(),
        trigger=decided.trigger,
        moved=moved,
        recorded_at=now,
    )
