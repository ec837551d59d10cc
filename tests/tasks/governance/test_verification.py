"""A verification reads every entry and every bundle, and believes nothing of a broken chain."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.governance.bundle import write_bundle
from tasks.governance.ledger import Ledger
from tasks.governance.night_evidence import Challenge
from tasks.governance.pending_bundle import pending
from tasks.governance.root_anchors import anchor_of
from tasks.governance.signatures import Keys
from tasks.governance.verification import Against, Verified, verify_project
from tasks.project.paths import Paths
from tasks.project.settings import load_settings
from tests.tasks.governance.bundles import kept
from tests.tasks.governance.conftest import Registered
from tests.tasks.governance.runs import NOON, ROOT, promotion
from tests.tasks.governance.test_ledger import entry
from tests.tasks.report.records import kept_night

SETTINGS = load_settings(ROOT)
UNSIGNED = "3 of 3 entries are under no signature: who can write the file can make them anew"


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
    verified = verify_project(paths, SETTINGS)
    assert (verified.entries, verified.bundles, verified.models, verified.faults) == (3, 2, 0, ())


def test_that_nobody_signed_is_said_plainly_and_is_a_fault_where_a_key_is_asked_for(paths: Paths):
    assert verify_project(paths, SETTINGS).notes == (UNSIGNED,)
    asked = verify_project(paths, SETTINGS, Against(keys=Keys(("ab" * 32,), required=True)))
    assert asked.faults == (UNSIGNED,)


def test_a_tail_that_was_cut_off_is_found_by_a_root_kept_elsewhere(paths: Paths):
    anchored = (anchor_of(Ledger(paths.ledger).checkpoint()),)
    assert verify_project(paths, SETTINGS, Against(anchored)).faults == ()
    with sqlite3.connect(paths.ledger) as database:
        for table, number in (("entries", "sequence"), ("roots", "size")):
            database.execute(f"DROP TRIGGER {table}_are_never_deleted")
            database.execute(f"DELETE FROM {table} WHERE {number} = 3")  # noqa: S608
    Ledger(paths.ledger).append(entry(3, bundle=".assay/bundles/2025-06-02-r1"))
    faults = verify_project(paths, SETTINGS, Against(anchored)).faults
    assert "the first 3 entries are not those under the anchor: the ledger was written anew" in faults


def test_a_project_without_a_ledger_has_nothing_to_verify(tmp_path: Path):
    assert verify_project(Paths(tmp_path), SETTINGS) == Verified(0, 0, 0, ())
    assert not (tmp_path / ".assay").exists()


def test_a_bundle_without_an_entry_is_a_fault_unless_a_killed_run_was_about_to_record_it(paths: Paths):
    bundle = paths.bundles / "2025-06-03-r1"
    with pending(paths, bundle):
        write_bundle(bundle, kept_night(), ())
        assert verify_project(paths, SETTINGS).faults == ()
    (fault,) = verify_project(paths, SETTINGS).faults
    assert "no entry of the ledger names this bundle" in fault


def test_a_changed_and_a_missing_bundle_are_both_told_by_name(paths: Paths):
    first, second = (paths.root / f".assay/bundles/2025-06-0{day}-r1" for day in (1, 2))
    (first / "record.json").write_text("{}")
    shutil.rmtree(second)
    verified = verify_project(paths, SETTINGS)
    assert len(verified.faults) == 2
    assert verified.faults[0].startswith(".assay/bundles/2025-06-01-r1: ")
    assert "record.json was changed" in verified.faults[0]
    assert verified.faults[1].startswith(".assay/bundles/2025-06-02-r1: ")


def test_of_a_broken_chain_no_bundle_is_read(paths: Paths):
    with sqlite3.connect(paths.ledger) as database:
        database.execute("DROP TRIGGER entries_are_never_changed")
        database.execute("UPDATE entries SET entry = replace(entry, 'keep', 'block') WHERE sequence = 2")
    verified = verify_project(paths, SETTINGS)
    assert (verified.entries, verified.bundles) == (0, 0)
    assert any("entry 2" in fault for fault in verified.faults)


def test_one_bundle_recorded_under_two_digests_is_a_fault(paths: Paths):
    """Later entries of a bundle must not hide that an earlier one recorded another content."""
    ledger = Ledger(paths.ledger)
    known = ledger.entries()[0].entry
    other = write_bundle(paths.root / known.bundle, kept_night().model_copy(update={"seed": 1}), ())
    ledger.append(entry(1, run="r2", bundle=known.bundle, bundle_digest=other))
    assert any("not the recorded one" in fault for fault in verify_project(paths, SETTINGS).faults)


@pytest.mark.parametrize("named", ["../../etc", "/etc", ".assay/bundles/../../other"])
def test_a_bundle_outside_the_project_is_a_fault_and_is_not_read(paths: Paths, named: str):
    Ledger(paths.ledger).append(entry(3, bundle=named, bundle_digest="ab" * 32))
    (fault,) = verify_project(paths, SETTINGS).faults
    assert f"expected a bundle in .assay/bundles, the ledger names '{named}'" in fault


def test_bundles_beside_which_there_is_no_ledger_are_a_fault(paths: Paths):
    paths.ledger.unlink()
    (fault,) = verify_project(paths, SETTINGS).faults
    assert "expected the ledger" in fault
    assert "2 bundles" in fault


def test_a_bundle_that_no_entry_names_is_a_fault(paths: Paths):
    """What a ledger whose newest entries were cut off leaves behind."""
    write_bundle(paths.bundles / "2025-06-03-r1", kept_night(), ())
    (paths.bundles / ".2025-06-04-r1.half").mkdir()
    (fault,) = verify_project(paths, SETTINGS).faults
    assert fault.startswith("2025-06-03-r1: no entry of the ledger names this bundle")


def test_an_archive_that_is_whole_and_of_no_entry_is_a_fault(paths: Paths):
    """Somebody else's, or made up: unsigned, it verifies by itself."""
    (paths.bundles / "2025-06-01-r1.zip").write_bytes(kept())
    (fault,) = verify_project(paths, SETTINGS).faults
    assert fault.startswith(".assay/bundles/2025-06-01-r1.zip: no entry of the ledger names the bundle in it")


@pytest.fixture
def promoted(project: Registered) -> Iterator[Paths]:
    """A project with two promoted versions; its ledger, its bundles and its model files are put back afterwards."""
    paths = project.run.paths
    kept = paths.state.with_name("kept")
    shutil.copytree(paths.artifacts, kept)
    for made in (project.first, project.second):
        sealed = promotion(made.challenger.identity)
        digest = write_bundle(paths.root / sealed.bundle, kept_night(), ())
        Ledger(paths.ledger).append(sealed.model_copy(update={"bundle_digest": digest}))
    yield paths
    shutil.rmtree(paths.artifacts)
    kept.rename(paths.artifacts)
    shutil.rmtree(paths.bundles)
    paths.ledger.unlink()


def model_files(paths: Paths, made: Challenge) -> Path:
    return paths.artifacts / made.challenger.identity.mlflow_run / "artifacts" / "assay"


def test_the_files_of_every_promoted_version_are_compared_with_the_ledger(promoted: Paths, project: Registered):
    settings = project.run.settings
    verified = verify_project(promoted, settings)
    assert (verified.entries, verified.bundles, verified.models, verified.faults) == (2, 2, 2, ())
    assert verified.notes[-1] == "the models of versions 1, 2 are under no signature"
    assert not list(promoted.cache.glob("scratch-*"))
    changed = model_files(promoted, project.first) / "model.json"
    changed.write_bytes(changed.read_bytes().replace(b"0.4", b"0.1", 1))
    shutil.rmtree(model_files(promoted, project.second))
    changed_fault, missing_fault = verify_project(promoted, settings).faults
    assert changed_fault.startswith("version 1: expected model files with the digest")
    assert missing_fault.startswith("version 2: expected")


def test_a_registry_that_is_gone_is_a_fault_and_is_not_made_anew(promoted: Paths, project: Registered):
    database = promoted.mlflow_database
    database.rename(database.with_suffix(".away"))
    try:
        (fault,) = verify_project(promoted, project.run.settings).faults
        assert "expected MLflow's database" in fault
        assert not database.exists()
    finally:
        database.with_suffix(".away").rename(database)
