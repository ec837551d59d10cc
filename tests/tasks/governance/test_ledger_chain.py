"""A break of the chain is told where it is, and every further one too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.governance.entry import GENESIS, seal
from tasks.governance.ledger_chain import StoredRow, chain_faults
from tests.tasks.governance.test_ledger import entry

SIZE = 5


def chain(size: int = SIZE) -> list[StoredRow]:
    rows: list[StoredRow] = []
    for number in range(1, size + 1):
        sealed = seal(entry(number), number, str(rows[-1].hash) if rows else GENESIS)
        rows.append(StoredRow(number, sealed.entry.canonical, sealed.previous, sealed.hash))
    return rows


def with_row(rows: Sequence[StoredRow], index: int, row: StoredRow) -> list[StoredRow]:
    return [*rows[:index], row, *rows[index + 1 :]]


@given(st.integers(0, 8))
def test_a_chain_as_it_was_written_has_no_fault(size: int):
    assert chain_faults(chain(size)) == ()


def test_a_row_comes_back_as_the_entry_that_was_sealed():
    assert chain()[2].sealed() == seal(entry(3), 3, str(chain()[1].hash))


def test_a_cut_tail_cannot_be_seen():
    """As the ledger's own words say: only a copy of a newer seal kept elsewhere shows it."""
    assert chain_faults(chain()[:-1]) == ()


@pytest.mark.parametrize("index", range(SIZE))
def test_a_changed_entry_does_not_match_its_seal(index: int):
    row = chain()[index]
    changed = replace(row, entry=str(row.entry).replace('"keep"', '"block"'))
    assert chain_faults(with_row(chain(), index, changed)) == (
        f"entry {index + 1} does not match its seal: it was changed",
    )


@pytest.mark.parametrize("index", range(SIZE - 1))
def test_an_entry_that_was_changed_and_sealed_anew_is_betrayed_by_the_next(index: int):
    forged = seal(entry(index + 1, run="forged"), index + 1, str(chain()[index].previous))
    row = StoredRow(forged.sequence, forged.entry.canonical, forged.previous, forged.hash)
    assert chain_faults(with_row(chain(), index, row)) == (
        f"entry {index + 2} does not name the seal of the entry before it",
    )


@pytest.mark.parametrize("index", range(SIZE - 1))
def test_a_deleted_entry_is_missed(index: int):
    rows = [row for place, row in enumerate(chain()) if place != index]
    assert chain_faults(rows) == (
        f"entry {index + 1} should follow, but entry {index + 2} does: entries are missing or moved",
        f"entry {index + 2} does not name the seal of the entry before it",
    )


@given(st.permutations(range(SIZE)))
def test_any_other_order_is_a_fault(order: list[int]):
    assert bool(chain_faults([chain()[place] for place in order])) == (order != sorted(order))


@pytest.mark.parametrize("stored", [None, 7, b"{}", "", "{}", '{"kind":"night"}'])
def test_what_is_no_entry_is_told_and_the_rest_is_read_all_the_same(stored: object):
    rows = with_row(chain(), 1, replace(chain()[1], entry=stored))
    rows = with_row(rows, 3, replace(rows[3], entry=str(rows[3].entry).replace('"keep"', '"halt"')))
    assert chain_faults(rows) == (
        "entry 2 is not a readable entry", "entry 4 does not match its seal: it was changed",
    )  # fmt: skip


def test_the_same_content_in_another_form_is_a_fault():
    """Otherwise one ledger could be written in two ways, and its seals would not be its own."""
    spaced = replace(chain()[0], entry=str(chain()[0].entry).replace(":", ": ", 1))
    assert chain_faults([spaced]) == ("entry 1 is not in the form in which it was sealed",)


@pytest.mark.parametrize("value", [None, 3, b"ab", "ab"])
def test_a_seal_of_another_type_is_a_fault(value: object):
    assert chain_faults(with_row(chain(), 4, replace(chain()[4], hash=value))) == ("entry 5 is not a readable entry",)
