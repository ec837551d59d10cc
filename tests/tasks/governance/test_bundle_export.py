"""A decision is exported as one file, the same every time, and only if its bundle is the recorded one."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tasks.governance.bundle_export import export_bundle
from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.governance.standalone.archive import unpack
from tasks.governance.standalone.sealing import LEDGER, file_faults, ledger_faults, signature_faults
from tasks.governance.verifier import VERIFIER, verifier
from tasks.project.errors import ConfigurationError, CouldNotRun, TamperedArtifact
from tasks.project.run import Run
from tests.tasks.governance.runs import promotion, served
from tests.tasks.governance.test_recording import record_to
from tests.tasks.governance.test_signing import KEY
from tests.tasks.report.records import NIGHT, retrained_night


@pytest.fixture
def ledger(run: Run) -> Ledger:
    """A promotion of another night, then a retrained night."""
    made = Ledger(run.paths.ledger, KEY)
    made.append(promotion(served().identity, NIGHT - timedelta(days=9)))
    own = {"policy_digest": run.policy.digest, "settings_digest": run.settings_digest}
    record_to(run, made, retrained_night().model_copy(update=own))
    return made


def test_it_has_every_file_and_the_entries_of_its_decision_with_proofs(run: Run, ledger: Ledger):
    path = export_bundle(run.paths, ledger, None, None, None)
    files = unpack(path.read_bytes())
    directory = run.paths.bundle(NIGHT, retrained_night().run)
    assert path == directory.with_name(f"{directory.name}.zip")
    assert set(files) == {LEDGER, *(one.name for one in directory.iterdir())}
    record, evidence = json.loads(files["record.json"]), json.loads(files[LEDGER])
    kinds = [one["entry"]["kind"] for one in evidence["entries"]]
    assert kinds == [EntryKind.QUARANTINE, EntryKind.GATE, EntryKind.PROMOTION, EntryKind.NIGHT]
    assert (file_faults(files), ledger_faults(files, record)) == ([], [])
    assert signature_faults(files, record, [KEY.public])[0] == []
    assert files[VERIFIER] == verifier()


def test_it_is_the_same_however_the_ledger_grew_since(run: Run, ledger: Ledger, tmp_path: Path):
    first = export_bundle(run.paths, ledger, NIGHT, None, None).read_bytes()
    ledger.append(promotion(served(9).identity, NIGHT + timedelta(days=1)))
    again = export_bundle(run.paths, ledger, NIGHT, retrained_night().run, tmp_path / "again.zip")
    assert again.read_bytes() == first


def test_without_a_key_it_is_exported_unsigned_and_says_so(run: Run):
    ledger = Ledger(run.paths.ledger)
    ledger.append(promotion(served().identity, NIGHT - timedelta(days=9)))
    record_to(run, ledger, retrained_night())
    files = unpack(export_bundle(run.paths, ledger, None, None, None).read_bytes())
    assert "champion.dsse.json" not in files
    faults, notes = signature_faults(files, json.loads(files["record.json"]), [])
    assert (faults, notes) == ([], ["unsigned: digests and chain hold, but who wrote them is not proved"])


def test_a_spoilt_bundle_is_not_handed_out(run: Run, ledger: Ledger):
    (run.paths.bundle(NIGHT, retrained_night().run) / "policy.toml").write_text("")
    with pytest.raises(TamperedArtifact, match=r"policy\.toml was changed"):
        export_bundle(run.paths, ledger, None, None, None)


def test_a_night_that_was_not_decided_has_none(run: Run, ledger: Ledger):
    with pytest.raises(ConfigurationError, match="found none"):
        export_bundle(run.paths, ledger, NIGHT + timedelta(days=5), None, None)
    with pytest.raises(ConfigurationError, match="found none"):
        export_bundle(run.paths, ledger, NIGHT, "another", None)


def test_a_place_that_cannot_be_written_is_said_and_nothing_is_left(run: Run, ledger: Ledger, tmp_path: Path):
    with pytest.raises(CouldNotRun, match="--out"):
        export_bundle(run.paths, ledger, None, None, tmp_path / "gone" / "bundle.zip")


def test_an_export_beside_the_bundles_is_no_stray_bundle(run: Run, ledger: Ledger):
    from tasks.governance.verification import verify_project

    export_bundle(run.paths, ledger, None, None, None)
    faults = verify_project(run.paths, run.settings).faults
    assert not any("no entry of the ledger" in fault for fault in faults)
