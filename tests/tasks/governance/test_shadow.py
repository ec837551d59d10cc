"""A challenger stays in shadow while the last word on it is that the rows cannot tell."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tasks.evidence.decision import Action, ExitCode
from tasks.governance.entry import ChampionEntry, Entry, EntryKind, Tested
from tasks.governance.ledger import Ledger
from tasks.governance.shadow import Shadow, shadow
from tasks.project.calendar import Calendar, Every
from tests.tasks.governance.test_ledger import entry, promotion

LATER = date(2025, 12, 31)
TESTED = Tested(first=date(2025, 1, 10), last=date(2025, 3, 2))


def gate(day: int, version: int, **changes: Any) -> Entry:
    content: dict[str, Any] = {
        "action": Action.KEEP, "exit_code": ExitCode.CANNOT_TELL, "tested": TESTED, "model_version": version,
        "model_digest": f"{version}" * 64,
    }  # fmt: skip
    return entry(day, f"r{day}", EntryKind.GATE, **content | changes)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    found = Ledger(tmp_path / "ledger.db")
    found.append(promotion(1, 1))
    return found


def waiting(ledger: Ledger, as_of: date = LATER) -> int | None:
    found: Shadow | None = shadow(ledger, as_of)
    return found.model.version if found else None


def test_there_is_none_before_a_challenger_was_judged(ledger: Ledger):
    assert waiting(ledger) is None


def test_a_challenger_that_the_rows_could_not_tell_waits_from_that_night_on(ledger: Ledger):
    ledger.append_all([gate(5, 2), entry(6, "r6")])
    assert (waiting(ledger), waiting(ledger, date(2025, 6, 4))) == (2, None)


def test_a_late_night_looks_at_nothing_that_was_judged_since(ledger: Ledger):
    ledger.append_all([gate(3, 2), gate(8, 2, action=Action.BLOCK, exit_code=ExitCode.BLOCKED)])
    assert waiting(ledger, date(2025, 6, 5)) is None
    ledger.append_all([gate(9, 3), promotion(10, 4, "r10")])
    assert waiting(ledger, date(2025, 6, 9)) is None


def test_the_champion_is_never_its_own_shadow(ledger: Ledger):
    ledger.append(gate(5, 1, model_digest="ab" * 32))
    assert waiting(ledger) is None


def test_a_run_that_judged_nothing_is_no_word_on_it(ledger: Ledger):
    ledger.append_all([gate(5, 2), gate(6, 2, action=Action.HALT, exit_code=ExitCode.HALTED, tested=None)])
    assert waiting(ledger) == 2


@pytest.mark.parametrize(
    "last",
    [
        {"exit_code": ExitCode.PASS},
        {"action": Action.BLOCK, "exit_code": ExitCode.BLOCKED},
        {"action": Action.PROMOTE, "exit_code": ExitCode.PASS},
        {"action": Action.ASK, "exit_code": ExitCode.ASKS},
    ],
)
def test_any_other_word_on_it_ends_the_wait(ledger: Ledger, last: dict[str, Any]):
    ledger.append_all([gate(5, 2), gate(9, 2, **last)])
    assert waiting(ledger) is None


def test_a_newer_challenger_takes_its_place_and_a_dry_run_does_not(ledger: Ledger):
    ledger.append_all([gate(5, 2), gate(9, 3), gate(12, 4, dry_run=True)])
    assert waiting(ledger) == 3


def test_it_is_looked_at_when_enough_batches_have_come_of_age():
    found = Shadow(model=ChampionEntry(version=2, digest="2" * 64, night=date(2025, 6, 5)), tested=TESTED)
    daily = Calendar(Every.DAY)
    assert not found.due(date(2025, 3, 29), daily, 28)
    assert found.due(date(2025, 3, 30), daily, 28)
