"""Ten thousand random changes of a ledger, in its file and in its exported form, and of a bundle: every one is found.

The counts are printed as a table (`pytest -s`), by kind of change.
"""

from __future__ import annotations

import copy
from collections import Counter
from pathlib import Path

import pytest

from tasks.governance.ledger_file import to_lines
from tasks.governance.standalone.archive import Fault, unpack
from tests.tasks.governance.bundles import kept
from tests.tasks.governance.mutations import KINDS, changed_lines, found, found_in_lines, rows_of, seeded, stored_ledger

pytestmark = pytest.mark.slow

ROWS, BYTES = 6_000, 4_000


@pytest.mark.timeout(1800)
def test_ten_thousand_changes_are_all_found(tmp_path: Path):
    ledger = stored_ledger(tmp_path / "ledger.db")
    stored, content = rows_of(ledger), to_lines(ledger.entries(), ledger.roots())
    made, seen, unanchored, draw = Counter[str](), Counter[str](), 0, seeded(20251127)
    kinds = [*KINDS, "one byte", "one byte", "one byte"]
    for number in range(ROWS):
        kind, tables = kinds[number % len(kinds)], copy.deepcopy(stored.tables)
        KINDS[kind](tables, draw)
        made[f"rows: {kind}"] += 1
        seen[f"rows: {kind}"] += found(stored, tables, tmp_path / "changed.db")
    while sum(made.values()) < ROWS + BYTES:
        kind, changed = changed_lines(content, draw)
        if changed == content:
            continue
        made[f"export: {kind}"] += 1
        seen[f"export: {kind}"] += found_in_lines(stored, changed)
    for _ in range(100):
        tables = copy.deepcopy(stored.tables)
        KINDS["cut tail"](tables, draw)
        unanchored += found(stored, tables, tmp_path / "changed.db", anchored=False)
    for kind in sorted(made):
        print(f"| {kind} | {made[kind]:,} | {seen[kind]:,} |")
    print(f"| cut tail, no anchor | 100 | {unanchored} |")
    assert sum(made.values()) == ROWS + BYTES
    assert seen == made
    # What a chain alone cannot show; an empty ledger under a required key is found even so, for nothing is.
    assert unanchored < 100


@pytest.mark.timeout(600)
def test_no_byte_of_a_bundle_can_be_changed_dropped_or_added():
    data, draw, found_faults = kept(), seeded(20251127), 0
    for number in range(3_000):
        place, changed = draw.randrange(len(data)), bytearray(data)
        if number % 3 == 0:
            changed[place] ^= 1 << draw.randrange(8)
        elif number % 3 == 1:
            del changed[place]
        else:
            changed.insert(place, draw.randrange(256))
        try:
            unpack(bytes(changed))
        except Fault:
            found_faults += 1
    print(f"| bundle: byte changed, gone, more | 3,000 | {found_faults:,} |")
    assert found_faults == 3_000
