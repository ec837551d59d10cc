"""Which events a run emits, and when again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tasks import announcing
from tasks.evidence.decision import Action
from tasks.evidence.night_record import NightRecord
from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.project.paths import Paths
from tests.tasks.governance.test_ledger import entry
from tests.tasks.report.records import asked_night, held_night, kept_night, retrained_night


@dataclass
class Opened:
    """As much of a workspace as telling needs."""

    paths: Paths
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.paths.ledger)


@pytest.fixture
def workspace(tmp_path: Path) -> Any:
    return Opened(Paths(tmp_path))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    monkeypatch.setattr(announcing, "emit_event", lambda **event: events.append(event))
    monkeypatch.setattr(announcing, "show_decision", lambda workspace, record: None)
    return events


def tell(workspace: Any, record: NightRecord, *, recalled: bool = False) -> None:
    announcing.announce.fn(workspace, record, recalled=recalled)  # type: ignore[attr-defined]


def wanted() -> NightRecord:
    """A night that leaves its retraining to another run."""
    update = {"action": Action.RETRAIN, "gate_decision": None, "challenger": None}
    return retrained_night().model_copy(update=update)


def test_a_night_that_keeps_is_told_once(workspace: Any, told: list[dict[str, Any]]):
    tell(workspace, kept_night())
    tell(workspace, kept_night(), recalled=True)
    (event,) = told
    assert event["event"] == "assay.night.decided"
    assert event["resource"]["prefect.resource.id"] == "assay.project.consumer-credit"
    assert event["payload"]["decision"] == "keep"


def test_a_blocked_promotion_is_told_with_the_checks_that_block(workspace: Any, told: list[dict[str, Any]]):
    tell(workspace, retrained_night(Action.BLOCK))
    assert [event["event"] for event in told] == ["assay.night.decided", "assay.promotion.blocked"]
    assert told[1]["payload"]["challenger"] is not None
    assert any(check.startswith("gate.") for check in told[1]["payload"]["checks"])


def test_a_retraining_that_a_guard_holds_is_told_and_starts_nothing(workspace: Any, told: list[dict[str, Any]]):
    tell(workspace, held_night())
    assert [event["event"] for event in told] == ["assay.retrain.requested", "assay.night.decided"]
    assert told[0]["resource"]["assay.retrain"] == "held"


def test_a_retraining_that_is_due_is_asked_for_until_it_is_answered(workspace: Any, told: list[dict[str, Any]]):
    record = wanted()
    tell(workspace, record)
    tell(workspace, record, recalled=True)
    asked = [event for event in told if event["event"] == "assay.retrain.requested"]
    assert [event["resource"]["assay.retrain"] for event in asked] == ["due", "due"]
    assert asked[0]["payload"] == asked[1]["payload"]
    assert asked[0]["payload"]["reason"] == f"The night of 2025-06-30 asked for it (run {record.run})."
    workspace.ledger.append(entry(30, kind=EntryKind.GATE))
    tell(workspace, record, recalled=True)
    assert len([event for event in told if event["event"] == "assay.retrain.requested"]) == 2


def test_a_decision_that_waits_for_a_person_says_so_and_a_rehearsal_does_not(
    workspace: Any, told: list[dict[str, Any]]
):
    record = asked_night()
    tell(workspace, record)
    asks = entry(30, run=record.run, action=Action.ASK)
    workspace.ledger.append(asks.model_copy(update={"kind": EntryKind.GATE, "dry_run": True}))
    tell(workspace, record)
    workspace.ledger.append(asks)
    tell(workspace, record)
    decided = [event["resource"].get("assay.question") for event in told if event["event"] == "assay.night.decided"]
    assert decided == [None, None, "open"]
