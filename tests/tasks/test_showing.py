"""The decision as the server's pages show it."""

from __future__ import annotations

from tasks.evidence.decision import Action
from tasks.showing import decision_table
from tests.tasks.report.records import kept_night, retrained_night


def test_every_check_is_there_once_with_its_outcome():
    record = retrained_night(Action.BLOCK)
    shown = decision_table(record)
    rows = [line for line in shown.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == sum(len(decision.verdicts) for decision in record.decisions)
    assert "night of 2025-06-30" in shown.splitlines()[0]


def test_whatever_comes_from_data_is_text():
    record = kept_night().model_copy(update={"reasons": ("<script>alert(1)</script> | [x](http://e.vil)",)})
    shown = decision_table(record)
    assert "<script>" not in shown
    assert "\\| \\[x\\]" in shown
