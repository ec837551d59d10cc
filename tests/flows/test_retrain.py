"""A retraining under failure: killed anywhere it promotes once, and ledger and registry agree."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.adapters.tracking import open_tracking
from tasks.evidence.decision import Action
from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.governance.verification import verify_project
from tasks.project.paths import Paths
from tasks.project.settings import load_settings
from tests.flows.running import run

#: The steps that only a retraining night has, and those after them.
STEPS = ("anchor", "gather", "train", "evaluate", "gate", "register", "record", "follow")

#: Those after which something is there that was not before; the others are in `make test-statistics`.
WRITING = ("register", "record", "follow")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("steps", [WRITING, pytest.param(STEPS, marks=pytest.mark.slow)], ids=["writing", "every"])
def test_killed_at_step_boundaries_a_retraining_promotes_once(
    tmp_path: Path, after_first_night: Callable[[Path], Path], steps: tuple[str, ...]
):
    project = after_first_night(tmp_path / "project")
    policy = project / "expectations" / "policy.toml"
    policy.write_text(policy.read_text().replace("auc_minimum = 0.5", "auc_minimum = 0.99", 1))
    for step in steps:
        ended = run(project, "2024-11-01", kill_after=step)
        assert (ended.code, ended.steps[-1]) == (-signal.SIGKILL, step)
    assert run(project, "2024-11-01").code == 0
    paths = Paths(project)
    entries = [(s.entry.kind, s.entry.action) for s in Ledger(paths.ledger).entries()]
    kinds = (EntryKind.GATE, EntryKind.PROMOTION, EntryKind.NIGHT)
    assert [entry for entry in entries if entry[0] in kinds][3:] == [
        (EntryKind.GATE, Action.PROMOTE),
        (EntryKind.PROMOTION, Action.PROMOTE),
        (EntryKind.NIGHT, Action.PROMOTE),
    ]
    tracking = open_tracking(paths, load_settings(project))
    champion = Ledger(paths.ledger).latest_champion()
    assert champion is not None
    assert tracking.alias("champion") == champion.version == 2
    assert tracking.versions() == (1, 2)
    assert verify_project(paths, load_settings(project)).faults == ()
