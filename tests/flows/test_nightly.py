"""The branches of a night: each decision, its exit code, and what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.evidence.decision import Action, Moment
from tasks.governance.bundle import read_record
from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.project.calendar import Span
from tasks.project.paths import Paths
from tasks.sources.warehouse import Warehouse
from tests.flows.running import run
from tests.flows.small_project import AS_OF, small_project

DECIDED = (EntryKind.GATE, EntryKind.PROMOTION, EntryKind.NIGHT)


def decisions(project: Path) -> list[tuple[EntryKind, Action]]:
    entries = [sealed.entry for sealed in Ledger(Paths(project).ledger).entries()]
    return [(entry.kind, entry.action) for entry in entries if entry.kind in DECIDED]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, after_first_night: Callable[[Path], Path]) -> Path:
    return after_first_night(tmp_path_factory.mktemp("kept") / "project")


def test_the_first_night_trains_promotes_and_keeps(kept: Path):
    assert decisions(kept)[:3] == [
        (EntryKind.GATE, Action.PROMOTE),
        (EntryKind.PROMOTION, Action.PROMOTE),
        (EntryKind.NIGHT, Action.KEEP),
    ]


def test_a_retraining_by_hand_is_judged_against_the_champion_and_recorded(kept: Path):
    ended = run(kept, "2024-11-01", reason="a new product was launched")
    entry = Ledger(Paths(kept).ledger).entries()[-1].entry
    assert entry.trigger == "a new product was launched"
    assert entry.exit_code == ended.code
    assert run(kept, "2024-11-01", reason="a new product was launched").code == ended.code
    assert len([d for d in decisions(kept) if d[0] is EntryKind.GATE]) == 2


def test_a_challenger_that_misses_the_policy_is_blocked_and_nothing_serves(tmp_path: Path):
    project = small_project(tmp_path / "project", gate_auc=0.99)
    assert run(project, AS_OF).code == 1
    assert decisions(project) == [(EntryKind.GATE, Action.BLOCK), (EntryKind.NIGHT, Action.BLOCK)]
    assert Ledger(Paths(project).ledger).latest_champion() is None


def test_a_failing_champion_is_retrained(tmp_path: Path, kept: Path):
    import shutil

    project = tmp_path / "project"
    shutil.copytree(kept, project)
    policy = project / "expectations" / "policy.toml"
    policy.write_text(policy.read_text().replace("auc_minimum = 0.5", "auc_minimum = 0.99", 1))
    assert run(project, "2024-11-04").code == 0
    assert decisions(project)[-3:] == [
        (EntryKind.GATE, Action.PROMOTE),
        (EntryKind.PROMOTION, Action.PROMOTE),
        (EntryKind.NIGHT, Action.PROMOTE),
    ]


def test_a_guard_holds_a_retraining_back_and_the_night_asks(tmp_path: Path, kept: Path):
    import shutil

    project = tmp_path / "project"
    shutil.copytree(kept, project)
    policy = project / "expectations" / "policy.toml"
    text = policy.read_text().replace("auc_minimum = 0.5", "auc_minimum = 0.99", 1)
    policy.write_text(text.replace("days = 0", "days = 28"))
    before = len(decisions(project))
    assert run(project, "2024-11-04").code == 3
    assert len(decisions(project)) == before + 1
    entry = Ledger(Paths(project).ledger).entries()[-1].entry
    assert (entry.kind, entry.action) == (EntryKind.NIGHT, Action.ASK)
    assert entry.reasons[0] == "A retraining is wanted, because:"
    assert "the cool-down is 28 days" in entry.reasons[-1]
    record = read_record(project / entry.bundle)
    assert [decision.moment for decision in record.decisions] == [Moment.NIGHT, Moment.RETRAIN]
    assert "Checks before retraining" in Paths(project).report(entry.as_of, entry.run).read_text()


LATE = '[[source.incidents]]\nkind = "late_delivery"\nfirst = 2024-10-31\nlast = 2024-10-31\nsize = 1.0\non = true\n'


def test_an_empty_night_halts_and_a_mended_one_goes_on(tmp_path: Path):
    project = small_project(tmp_path / "project", incidents=LATE)
    assert run(project, AS_OF).code == 5
    assert run(project, AS_OF).code == 5
    assert decisions(project) == [(EntryKind.NIGHT, Action.HALT)]
    settings = project / "assay.toml"
    settings.write_text(settings.read_text().replace("on = true", "on = false"))
    assert run(project, AS_OF).code == 0
    assert decisions(project)[-1] == (EntryKind.NIGHT, Action.KEEP)


def test_a_halted_night_is_not_let_in_by_the_next_one(tmp_path: Path):
    project = small_project(tmp_path / "project", incidents=LATE)
    assert run(project, AS_OF).code == 5
    assert run(project, "2024-11-01").code == 0
    halted = Span.parse(AS_OF)
    assert Warehouse(Paths(project)).unadmitted(halted) == (halted,)


def test_a_first_night_without_enough_events_is_a_recorded_halt(tmp_path: Path):
    project = small_project(tmp_path / "project")
    settings = project / "assay.toml"
    settings.write_text(settings.read_text().replace("minimum_events = 50", "minimum_events = 50000"))
    assert run(project, AS_OF).code == 5
    entry = Ledger(Paths(project).ledger).entries()[-1].entry
    assert (entry.kind, entry.action) == (EntryKind.NIGHT, Action.HALT)
    assert "minimum_events" in entry.reasons[0]


def test_a_retraining_for_a_night_before_the_newest_promotion_is_refused(kept: Path):
    assert run(kept, "2024-10-30", reason="look back").code == 2


def test_a_night_before_the_first_promotion_is_refused(kept: Path):
    assert run(kept, "2024-10-01").code == 2


def test_a_night_that_the_source_does_not_have_is_refused(kept: Path):
    assert run(kept, "2031-01-01").code == 2
