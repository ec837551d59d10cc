"""What a project looks like from outside, after a run and between a kill and the run that completes it."""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.evidence.night_record import NightRecord
from tasks.governance.bundle import read_record
from tasks.governance.entry import Entry, EntryKind
from tasks.governance.ledger import Ledger
from tasks.governance.verification import verify_project
from tasks.project.paths import Paths
from tasks.project.settings import load_settings
from tests.flows.killing import drawn_apart
from tests.flows.running import call

#: Entries that decide; a promotion stands beside one of them or nowhere.
_DECIDING = (EntryKind.NIGHT, EntryKind.GATE, EntryKind.ANSWER)

#: What says nothing of a decision: times, and digests of files that hold the id that MLflow draws for a run.
_DRAWN = ("recorded_at", "bundle_digest")


#: Parts of the names of what is not finished.
_HALF_MADE = (".partial", ".pending", ".tmp", "scratch-", "tmp*", "uploading", "mlflow.new")


@dataclass(frozen=True)
class Registry:
    """What MLflow's database says.

    Attributes:
        champion: the version that serves; None while none does.
        versions: every registered version.
        counts: runs that are not deleted by their status, models and experiments, as words.
    """

    champion: int | None = None
    versions: tuple[int, ...] = ()
    counts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """A project from outside.

    Attributes:
        entries: the ledger's, without what differs from run to run.
        broken: what is wrong with the ledger by itself.
        promoted: the promoted versions, in order.
        decisions: how many entries decide.
        registry: what MLflow's database says.
        records: the record of every bundle that the ledger names.
        files: every file of the state, without what is drawn, and how many of its name.
    """

    entries: tuple[dict[str, Any], ...]
    broken: tuple[str, ...]
    promoted: tuple[int | None, ...]
    decisions: int
    registry: Registry
    records: tuple[str, ...]
    files: tuple[tuple[str, int], ...]


def content(record: NightRecord) -> str:
    """The record without the id that MLflow draws for a run."""
    anonymous = {
        name: model.model_copy(update={"mlflow_run": ""})
        for name in ("champion", "challenger")
        if (model := getattr(record, name))
    }
    return record.model_copy(update=anonymous).model_dump_json(indent=1)


def look_at(project: Path) -> Seen:
    """See a project without touching it: databases are read in a copy, so that what a kill left stays as it is."""
    paths = Paths(project)
    with tempfile.TemporaryDirectory() as copies:
        for database in (paths.ledger, paths.mlflow_database):
            for file in database.parent.glob(f"{database.name}*"):
                shutil.copy(file, copies)
        ledger = Ledger(Path(copies) / paths.ledger.name)
        broken = ledger.verify()
        entries = [sealed.entry for sealed in ledger.entries()] if not broken else []
        registry = _registry(Path(copies) / paths.mlflow_database.name)
    bundles = dict.fromkeys(entry.bundle for entry in entries)
    return Seen(
        tuple(_content(entry) for entry in entries),
        broken,
        tuple(entry.model_version for entry in entries if entry.kind is EntryKind.PROMOTION),
        sum(entry.kind in _DECIDING for entry in entries),
        registry,
        tuple(content(read_record(project / bundle)) for bundle in bundles),
        _files(paths),
    )


def faults_of(project: Path) -> tuple[str, ...]:
    """What `assay verify` says, in a process of its own: MLflow keeps connections to databases that were replaced."""
    ended = call(project, "tests.flows.survival.verify_faults", project)
    return ended.value if ended.code == 0 else (f"verification ended with {ended.code}: {ended.value}",)


def verify_faults(project: Path) -> tuple[str, ...]:
    """See `faults_of`."""
    return verify_project(Paths(project), load_settings(project)).faults


def half_done(before: Seen, between: Seen) -> tuple[str, ...]:
    """What must not be between a kill and the run that completes it, in words.

    Args:
        before: the project before the run that was killed.
        between: the project after it.
    """
    promotions, decisions = len(between.promoted) - len(before.promoted), between.decisions - before.decisions
    champion = between.registry.champion
    return tuple(
        fault
        for fault, found in (
            (f"the ledger is broken: {between.broken}", between.broken),
            (f"{promotions} promotions beside {decisions} decisions", promotions > (decisions > 0)),
            (f"version {champion} serves, promoted are {between.promoted}", champion not in (None, *between.promoted)),
        )
        if found
    )


def differences(expected: Seen, received: Seen) -> tuple[str, ...]:
    """In what a project that was killed and completed differs from one that never was, in words."""
    faults = []
    if received.entries != expected.entries:
        kinds = [(one["kind"], one["model_version"]) for one in received.entries]
        faults.append(f"entries {kinds}, expected {[(one['kind'], one['model_version']) for one in expected.entries]}")
    if received.registry != expected.registry:
        faults.append(f"registry {received.registry}, expected {expected.registry}")
    if received.records != expected.records:
        faults.append("a record differs")
    more, fewer = set(received.files) - set(expected.files), set(expected.files) - set(received.files)
    if more or fewer:
        faults.append(f"files {sorted(more)}, expected {sorted(fewer)}")
    if received.registry.champion != (received.promoted or (None,))[-1]:
        faults.append(f"version {received.registry.champion} serves, promoted are {received.promoted}")
    return tuple(faults)


def unsettled(seen: Seen) -> tuple[str, ...]:
    """What a killed run must not have left once another night was run in its place, in words."""
    pages, bundles = (
        sum(count for name, count in seen.files if re.fullmatch(rf"\.assay/{kind}/[^/]+", name))
        for kind in ("reports", "bundles")
    )
    champion = (seen.promoted or (None,))[-1]
    left = [name for name, _ in seen.files if any(part in name for part in _HALF_MADE)]
    return tuple(
        fault
        for fault, found in (
            (f"left {left}", left),
            (f"{pages} pages of {bundles} bundles", pages != bundles),
            (f"version {seen.registry.champion} serves, promoted is {champion}", seen.registry.champion != champion),
        )
        if found
    )


def _content(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in entry.content.items() if name not in _DRAWN}


def _registry(database: Path) -> Registry:
    if not database.is_file():
        return Registry()
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute
        champion = rows("SELECT version FROM registered_model_aliases WHERE alias = 'champion'").fetchone()
        active = "WHERE lifecycle_stage = 'active'"
        counts = [
            *rows(f"SELECT 'runs ' || status, COUNT(*) FROM runs {active} GROUP BY 1 ORDER BY 1"),  # noqa: S608  ours
            *rows(f"SELECT 'models', COUNT(*) FROM logged_models {active}"),  # noqa: S608
            *rows(f"SELECT 'experiments', COUNT(*) FROM experiments {active}"),  # noqa: S608
        ]
        versions = tuple(number for (number,) in rows("SELECT version FROM model_versions ORDER BY version"))
        return Registry(champion[0] if champion else None, versions, tuple(f"{name}: {n}" for name, n in counts))


def _files(paths: Paths) -> tuple[tuple[str, int], ...]:
    caches = (paths.prefect, paths.cache / "numba", paths.cache / "matplotlib")
    found = (path for path in paths.state.rglob("*") if not any(path.is_relative_to(cache) for cache in caches))
    return tuple(sorted(Counter(drawn_apart(str(path.relative_to(paths.root))) for path in found).items()))
