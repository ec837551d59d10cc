"""What was tried before, from the ledger alone."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tasks.evidence.decision import Action
from tasks.governance.entry import Entry, EntryKind, Tested
from tasks.governance.ledger import Ledger
from tasks.governance.trials import trials
from tasks.project.calendar import Span
from tests.tasks.governance.test_ledger import entry

AS_OF = date(2025, 12, 31)
WINDOW = Span(date(2025, 9, 1), date(2025, 10, 26))


def gate(days_ago: int, digest: str, moved: int = 0, **changes: Any) -> Entry:
    """A judged challenger, on rows that lie `moved` days before those of tonight."""
    back = timedelta(days=moved)
    tested = Tested(first=WINDOW.first - back, last=WINDOW.last - back)
    content = {"action": Action.KEEP, "model_digest": digest * 64, "tested": tested} | changes
    return entry(run=f"r{days_ago}", kind=EntryKind.GATE, **content | {"as_of": AS_OF - timedelta(days=days_ago)})


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.db")


def test_nothing_was_tried_at_first(ledger: Ledger):
    found = trials(ledger, AS_OF, WINDOW)
    assert (found.this_year, found.uses, found.looks, found.alarmed) == (0, 0, 0, False)


def test_a_year_counts_every_judgement_also_another_look_at_one_challenger(ledger: Ledger):
    ledger.append_all([gate(400, "a"), gate(300, "b"), gate(200, "b"), gate(100, "c")])
    assert trials(ledger, AS_OF, WINDOW).this_year == 3


def test_rows_are_used_when_half_of_their_days_were(ledger: Ledger):
    ledger.append_all([gate(3, "a", moved=0), gate(2, "b", moved=28), gate(1, "c", moved=29)])
    assert trials(ledger, AS_OF, WINDOW).uses == 2


def test_a_dry_run_wears_the_rows_but_is_no_look(ledger: Ledger):
    ledger.append_all([gate(3, "a"), gate(2, "a", dry_run=True), gate(1, "a", action=Action.BLOCK)])
    found = trials(ledger, AS_OF, WINDOW, digest="a" * 64)
    assert (found.uses, found.looks) == (3, 1)


def test_going_back_a_night_is_another_try(ledger: Ledger):
    ledger.append_all([gate(day, "a") for day in range(5)])
    found = trials(ledger, AS_OF - timedelta(days=6), WINDOW)
    assert (found.this_year, found.uses) == (5, 5)


def test_after_a_break_the_share_of_the_rows_since_then_is_known(ledger: Ledger):
    half = trials(ledger, AS_OF, WINDOW, broken=WINDOW.first + timedelta(days=28))
    assert (half.alarmed, half.rows_after_break) == (True, 0.5)
    assert trials(ledger, AS_OF, WINDOW, broken=AS_OF).rows_after_break == 0.0
