"""The list of what waits: which, until when, what an answer does, and why; for a person and for a machine."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tasks.evidence.decision import Action, ExitCode
from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.governance.questions import Asked, waiting
from tasks.project.policy import ApprovalRules
from tasks.report.waiting import waiting_json, waiting_lines
from tests.tasks.governance.test_ledger import NOON, entry, promotion

ASK = {"action": Action.ASK, "exit_code": ExitCode.ASKS, "reasons": ("Unsure \x1b[31m.",)}
WEEK = ApprovalRules(expires_days=7)


@pytest.fixture
def asked(tmp_path: Path) -> tuple[Asked, ...]:
    ledger = Ledger(tmp_path / "ledger.db")
    gate = entry(5, "r5", EntryKind.GATE, model_version=4, model_digest="ba" * 32, user="T. Rainer", **ASK)
    ledger.append_all([promotion(1, 3), gate, entry(6, "r6", **ASK)])
    return waiting(ledger.entries())


def test_each_question_has_its_run_what_an_answer_does_and_why(asked: tuple[Asked, ...]):
    first, why, second, _ = waiting_lines(asked, WEEK, NOON)
    assert first == (
        "r5  entry 2, the gate of 2025-06-05: approving puts version 4, trained by T. Rainer, into service; "
        "until 2025-07-07"
    )
    assert why.startswith("  - Unsure")
    assert "\x1b" not in why
    assert second.startswith("r6  entry 3, the night of 2025-06-06: approving says that it was seen to")


def test_what_is_too_late_is_said(asked: tuple[Asked, ...]):
    late = NOON + timedelta(days=8)
    assert "too late to approve" in waiting_lines(asked, WEEK, late)[0]
    assert [one["expired"] for one in waiting_json(asked, WEEK, late)] == [True, True]
    assert [one["until"] for one in waiting_json(asked, ApprovalRules(), late)] == [None, None]


def test_a_machine_reads_the_same(asked: tuple[Asked, ...]):
    first, second = waiting_json(asked, WEEK, NOON)
    assert (first["run"], first["version"], first["promotes"], first["trained_by"]) == ("r5", 4, True, "T. Rainer")
    assert (second["run"], second["moment"], second["promotes"], second["trained_by"]) == ("r6", "night", False, None)


def test_nothing_waits_is_a_sentence():
    assert waiting_lines((), WEEK, NOON) == ("Nothing waits for a person.",)
