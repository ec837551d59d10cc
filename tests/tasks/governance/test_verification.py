"""A verification reads every entry and every bundle, and believes nothing of a broken chain."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from tasks.governance.bundle import write_bundle
from tasks.governance.ledger import Ledger
from tasks.governance.verification import Verified, verify_project
from tasks.project.paths import Paths
from tests.tasks.governance.runs import NOON
from tests.tasks.governance.test_ledger import entry
from tests.tasks.report.records import kept_night


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Two nights of one bundle each; the second has two entries."""
    made = Paths(tmp_path)
    for day, kinds in ((1, ("night",)), (2, ("gate", "night"))):
        bundle = f".assay/bundles/2025-06-{day:02}-r1"
        digest = write_bundle(tmp_path / bundle, kept_night(), ())
        for kind in kinds:
            sealed = entry(day, kind=kind, bundle=bundle, bundle_digest=digest, recorded_at=NOON)
            Ledger(made.ledger).append(sealed)
    return made


def test_a_whole_project_is_counted(paths: Paths):
    assert verify_project(paths) == Verified(entries=3, bundles=2, faults=())


def test_a_project_without_a_ledger_has_nothing_to_verify(tmp_path: Path):
    assert verify_project(Paths(tmp_path)) == Verified(0, 0, ())
    assert not (tmp_path / ".assay").exists()


def test_a_changed_and_a_missing_bundle_are_both_told_by_name(paths: Paths):
    first, second = (paths.root / f".assay/bundles/2025-06-0{day}-r1" for day in (1, 2))
    (first / "record.json").write_text("{}")
    shutil.rmtree(second)
    verified = verify_project(paths)
    assert len(verified.faults) == 2
    assert verified.faults[0].startswith(".assay/bundles/2025-06-01-r1: ")
    assert "record.json was changed" in verified.faults[0]
    assert verified.faults[1].startswith(".assay/bundles/2025-06-02-r1: ")


def test_of_a_broken_chain_no_bundle_is_read(paths: Paths):
    with sqlite3.connect(paths.ledger) as database:
        database.execute("DROP TRIGGER entries_are_never_changed")
        database.execute("UPDATE entries SET entry = replace(entry, 'keep', 'block') WHERE sequence = 2")
    verified = verify_project(paths)
    assert (verified.entries, verified.bundles) == (0, 0)
    assert any("entry 2" in fault for fault in verified.faults)


def test_one_bundle_recorded_under_two_digests_is_a_fault(paths: Paths):
    """Later entries of a bundle must not hide that an earlier one recorded another content."""
    ledger = Ledger(paths.ledger)
    known = ledger.entries()[0].entry
    other = write_bundle(paths.root / known.bundle, kept_night().model_copy(update={"seed": 1}), ())
    ledger.append(entry(1, run="r2", bundle=known.bundle, bundle_digest=other))
    assert any("not the recorded one" in fault for fault in verify_project(paths).faults)
