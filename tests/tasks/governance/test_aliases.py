"""The registry's aliases follow the ledger, whatever moved or killed them, and every move is an entry."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

import pytest

from tasks.evidence.decision import Action
from tasks.governance.aliases import follow_ledger
from tasks.governance.entry import Alias, AliasMove, EntryKind
from tasks.governance.ledger import Ledger
from tests.tasks.governance.conftest import Registered
from tests.tasks.governance.runs import NOON, promotion


@pytest.mark.parametrize("moved", [1, None])
def test_an_alias_moved_by_hand_is_put_back(project: Registered, tmp_path: Path, moved: int | None):
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.append(promotion(project.second.challenger.identity))
    if moved is not None:
        project.tracking.set_alias(Alias.CHAMPION, moved)
    follow_ledger(ledger, project.tracking, NOON)
    assert project.tracking.alias(Alias.CHAMPION) == 2


def test_every_move_of_the_alias_is_recorded_before_it_is_made(project: Registered, tmp_path: Path):
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.append(promotion(project.second.challenger.identity))
    for _ in range(2):
        project.tracking.set_alias(Alias.CHAMPION, 1)
        follow_ledger(ledger, project.tracking, NOON)
        follow_ledger(ledger, project.tracking, NOON)
    moves = [sealed.entry.moved for sealed in ledger.entries() if sealed.entry.moved]
    assert [(move.number, move.before, move.after) for move in moves] == [(1, 1, 2), (2, 1, 2)]


def test_the_challenger_is_the_newest_that_a_gate_judged_in_earnest_and_its_moves_are_recorded_too(
    project: Registered, tmp_path: Path
):
    ledger = Ledger(tmp_path / "ledger.db")
    project.tracking.set_alias(Alias.CHALLENGER, 2)
    for model, dry_run in ((project.first, False), (project.second, True)):
        identity = model.challenger.identity
        judged = {"kind": EntryKind.GATE, "run": identity.digest[:8], "dry_run": dry_run, "action": Action.BLOCK}
        ledger.append(promotion(identity).model_copy(update=judged))
    follow_ledger(ledger, project.tracking, NOON)
    follow_ledger(ledger, project.tracking, NOON)
    (moved,) = [sealed.entry for sealed in ledger.entries() if sealed.entry.moved]
    assert moved.moved == AliasMove(alias=Alias.CHALLENGER, number=1, before=2, after=1)
    assert "'challenger' pointed at version 2" in moved.reasons[0]
    assert project.tracking.alias(Alias.CHALLENGER) == 1
    assert ledger.verify() == ()


def test_a_refused_challenger_that_was_removed_from_the_registry_stops_no_night(project: Registered, tmp_path: Path):
    ledger = Ledger(tmp_path / "ledger.db")
    gone = project.second.challenger.identity.model_copy(update={"version": 99})
    ledger.append(promotion(gone).model_copy(update={"kind": EntryKind.GATE, "action": Action.BLOCK}))
    follow_ledger(ledger, project.tracking, NOON)
    assert not [sealed for sealed in ledger.entries() if sealed.entry.moved]


@pytest.mark.parametrize("killed", ["set_alias", "mark_moves_made"])
def test_killed_between_the_entry_and_the_alias_the_next_run_moves_it(
    project: Registered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: str
):
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.append(promotion(project.second.challenger.identity))
    project.tracking.set_alias(Alias.CHAMPION, 1)

    with monkeypatch.context() as patched:
        patched.setattr(project.tracking, killed, Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            follow_ledger(ledger, project.tracking, NOON)
    follow_ledger(ledger, project.tracking, NOON)
    assert project.tracking.alias(Alias.CHAMPION) == 2
    assert ledger.verify() == ()
    # It is one move, however often a kill kept it from being made; a person's move back is another one.
    project.tracking.set_alias(Alias.CHAMPION, 1)
    follow_ledger(ledger, project.tracking, NOON)
    assert [s.entry.moved.number for s in ledger.entries() if s.entry.moved] == [1, 2]
