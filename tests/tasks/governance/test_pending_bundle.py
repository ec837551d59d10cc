"""A bundle that was written and not recorded is a killed run's only while the mark names it."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from tasks.governance.ledger import Ledger
from tasks.governance.pending_bundle import pending, pending_bundle, sweep_pending
from tasks.project.paths import Paths
from tests.tasks.governance.test_ledger import entry

NAME = "2025-06-01-r1"


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path)


def killed(paths: Paths) -> Path:
    """A run that dies after the bundle and before the ledger."""
    bundle = paths.bundles / NAME
    with contextlib.suppress(KeyboardInterrupt), pending(paths, bundle):
        bundle.mkdir()
        raise KeyboardInterrupt
    return bundle


def test_once_it_is_recorded_the_mark_is_gone(paths: Paths):
    with pending(paths, paths.bundles / NAME):
        assert pending_bundle(paths) == NAME
    assert pending_bundle(paths) is None
    assert list(paths.bundles.iterdir()) == []


def test_a_killed_runs_bundle_goes_with_its_mark(paths: Paths):
    bundle, other = killed(paths), paths.bundles / "2025-06-02-r1"
    other.mkdir()
    (paths.bundles / "..pending.1.partial").touch()
    sweep_pending(paths, Ledger(paths.ledger))
    assert not bundle.exists()
    assert list(paths.bundles.iterdir()) == [other]


def test_one_that_the_ledger_names_stays(paths: Paths):
    bundle = killed(paths)
    Ledger(paths.ledger).append(entry(1, bundle=f".assay/bundles/{NAME}"))
    sweep_pending(paths, Ledger(paths.ledger))
    assert list(paths.bundles.iterdir()) == [bundle]


def test_a_bundle_that_was_half_written_goes_too(paths: Paths):
    """The next run may have another id, and would not write it anew."""
    killed(paths).rmdir()
    half, other = paths.bundles / f".{NAME}.x1y2", paths.bundles / ".2025-06-02-r1.x1y2"
    half.mkdir()
    other.mkdir()
    sweep_pending(paths, Ledger(paths.ledger))
    assert list(paths.bundles.iterdir()) == [other]


@pytest.mark.parametrize("name", [b"", b"..", b"../ledger.db", b".hidden", b"\xff\xfe", b"a\0b", b"*"])
def test_a_damaged_mark_names_nothing(paths: Paths, name: bytes):
    paths.bundles.mkdir(parents=True)
    (paths.bundles / ".pending").write_bytes(name)
    assert pending_bundle(paths) is None
    sweep_pending(paths, Ledger(paths.ledger))
    assert paths.bundles.is_dir()
    assert list(paths.bundles.iterdir()) == []
