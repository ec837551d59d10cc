"""Ten thousand random changes of a ledger, in its file and in its exported form: every one is found.

The counts are printed as a table (`pytest -s`), by kind of change.
"""

from __future__ import annotations

import copy
from collections import Counter
from pathlib import Path

import pytest

from tasks.governance.ledger_file import to_lines
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
