"""Only bundles that are the recorded ones vouch for code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tasks.adapters.registered_code import code_digest
from tasks.governance.bundle import BundleFile, write_bundle
from tasks.governance.ledger import Ledger
from tasks.governance.recorded_code import recorded_code
from tasks.project.paths import Paths
from tests.tasks.governance.test_ledger import entry
from tests.tasks.report.records import kept_night

CODE = "def burden(inputs):\n    return inputs\n"
SERVICE = json.dumps({"views": [{"view": "stored"}, {"view": "derived", "code": CODE}]}).encode()


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """One night, whose bundle has a service with one function."""
    bundle = ".assay/bundles/2025-06-01-r1"
    digest = write_bundle(tmp_path / bundle, kept_night(), (BundleFile("feature_service.json", SERVICE),))
    Ledger(Paths(tmp_path).ledger).append(entry(1, bundle=bundle, bundle_digest=digest))
    return Paths(tmp_path)


def test_a_recorded_bundle_vouches_for_the_code_in_it(paths: Paths):
    assert recorded_code(paths, Ledger(paths.ledger)) == {code_digest(CODE)}


def test_without_a_ledger_nothing_is_vouched_for(tmp_path: Path):
    assert recorded_code(Paths(tmp_path), Ledger(Paths(tmp_path).ledger)) == frozenset()


def test_a_bundle_that_was_changed_and_one_that_is_gone_vouch_for_nothing(paths: Paths):
    service = paths.bundles / "2025-06-01-r1" / "feature_service.json"
    service.write_bytes(SERVICE.replace(b"return inputs", b"return 'evil'"))
    assert recorded_code(paths, Ledger(paths.ledger)) == frozenset()
    service.unlink()
    assert recorded_code(paths, Ledger(paths.ledger)) == frozenset()


def test_a_bundle_that_was_rewritten_as_a_whole_vouches_for_nothing(paths: Paths):
    other = SERVICE.replace(b"return inputs", b"return 'evil'")
    write_bundle(paths.bundles / "2025-06-01-r1", kept_night(), (BundleFile("feature_service.json", other),))
    assert recorded_code(paths, Ledger(paths.ledger)) == frozenset()


def test_a_place_that_is_no_bundle_vouches_for_nothing(paths: Paths):
    Ledger(paths.ledger).append(entry(2, bundle="../elsewhere", bundle_digest="ab" * 32))
    assert recorded_code(paths, Ledger(paths.ledger)) == {code_digest(CODE)}
