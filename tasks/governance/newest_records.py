"""Newest records: the last judged night, challenger and signature of a project, read from verified bundles."""

from __future__ import annotations

from collections.abc import Callable

from tasks.evidence.night_record import NightRecord
from tasks.governance.bundle import read_record
from tasks.governance.entry import EntryKind, Sealed
from tasks.governance.ledger import Ledger
from tasks.governance.ml_facts import Recorded
from tasks.project.paths import Paths


def newest_records(paths: Paths, ledger: Ledger, protected: tuple[str, ...]) -> Recorded:
    """The newest records of a project, each bundle compared with the digest that the ledger recorded.

    The night is the newest that a model judged, or else the newest of all: a halted night judged nothing, and the tests
    of the nights before it were run all the same.

    Args:
        paths: the project.
        ledger: it says which runs there were.
        protected: protected attributes that the project declares.

    Raises:
        TamperedArtifact: the ledger or a bundle is not what was recorded.
    """
    entries = ledger.entries()
    nights = sorted(
        (one for one in entries if one.entry.kind is EntryKind.NIGHT), key=lambda one: (one.entry.as_of, one.sequence)
    )
    gates = [one for one in entries if one.entry.kind is EntryKind.GATE]
    judged = _newest(paths, nights, lambda record: record.night_decision is not None)
    night = judged or _newest(paths, nights, lambda record: True)
    return Recorded(night, _newest(paths, gates, lambda record: record.gate_decision is not None), protected)


def signature(ledger: Ledger) -> Sealed | None:
    """The newest signature on the champion; None when nobody signed for the model that serves."""
    champion = ledger.latest_champion()
    signed = [
        one
        for one in ledger.entries()
        if one.entry.kind is EntryKind.SIGN_OFF and champion and one.entry.model_version == champion.version
    ]
    return signed[-1] if signed else None


def _newest(paths: Paths, sealed: list[Sealed], wanted: Callable[[NightRecord], bool]) -> NightRecord | None:
    for one in reversed(sealed):
        record = read_record(paths.evidence(one.entry.bundle), one.entry.bundle_digest)
        if wanted(record):
            return record
    return None
