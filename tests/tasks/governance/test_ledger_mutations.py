"""Some hundred random changes of a ledger are all found; ten thousand are in `tests/statistics`."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from tasks.governance.ledger_file import read_lines, to_lines
from tests.tasks.governance.mutations import (
    KINDS,
    Stored,
    changed_lines,
    cut_tail,
    found,
    found_in_lines,
    rows_of,
    seeded,
    stored_ledger,
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    return rows_of(stored_ledger(tmp_path_factory.mktemp("mutations") / "ledger.db", entries=9))


def test_the_ledger_as_it_is_has_no_fault(stored: Stored, tmp_path: Path):
    assert not found(stored, stored.tables, tmp_path / "ledger.db")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_change_of_a_row_is_found(stored: Stored, tmp_path: Path, kind: str):
    draw = seeded(kind)
    for _ in range(40):
        tables = copy.deepcopy(stored.tables)
        KINDS[kind](tables, draw)
        assert found(stored, tables, tmp_path / "ledger.db"), tables


def test_a_cut_tail_is_whole_in_itself_without_an_anchor(stored: Stored, tmp_path: Path):
    tables = copy.deepcopy(stored.tables)
    cut_tail(tables, seeded(1))
    assert not found(stored, tables, tmp_path / "ledger.db", anchored=False)


def test_every_change_of_the_exported_form_is_found(tmp_path: Path):
    ledger = stored_ledger(tmp_path / "ledger.db", entries=9)
    stored, content = rows_of(ledger), to_lines(ledger.entries(), ledger.roots())
    assert read_lines(content).chain == ledger.entries()
    draw = seeded(2)
    for _ in range(300):
        kind, changed = changed_lines(content, draw)
        assert changed == content or found_in_lines(stored, changed), kind


@pytest.mark.parametrize("content", [b"{", b"[]\n", b"1\n", b"\n", b"\xff\n", b"[" * 100_000 + b"\n"])
def test_what_is_no_ledger_is_a_fault_and_raises_nothing(content: bytes):
    assert read_lines(content).faults
