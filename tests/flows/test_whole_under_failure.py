"""A night killed anywhere is completed by running it again; run twice it is decided once; two at once do not mix."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.adapters.tracking import open_tracking
from tasks.evidence.decision import Action
from tasks.evidence.night_record import NightRecord
from tasks.governance.bundle import read_record
from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.governance.verification import verify_project
from tasks.project.paths import Paths
from tasks.project.settings import load_settings
from tasks.sources.atomic import PARTIAL
from tests.flows.running import run, start
from tests.flows.small_project import AS_OF, small_project
from tests.flows.survival import content

#: The steps of a first night, in order: each end of one is a boundary.
STEPS = (
    "recall", "champion", "ingest", "validate", "gather", "train", "evaluate", "gate", "register",
    "retrieve", "score", "explain", "profile", "monitor", "record", "follow", "report",
)  # fmt: skip

#: Those after which something is there that was not before; the others are in `make test-statistics`.
WRITING = ("ingest", "register", "record", "follow")


@pytest.fixture(scope="module")
def unkilled(tmp_path_factory: pytest.TempPathFactory, after_first_night: Callable[[Path], Path]) -> Path:
    return after_first_night(tmp_path_factory.mktemp("unkilled") / "project")


def record_of(project: Path) -> NightRecord:
    paths = Paths(project)
    (night,) = [s for s in Ledger(paths.ledger).entries() if s.entry.kind is EntryKind.NIGHT]
    return read_record(project / night.entry.bundle)


def half_made(paths: Paths) -> list[Path]:
    """Files that a killed run did not finish, and directories in which it was making some."""
    return [path for path in paths.state.rglob("*") if path.name.endswith(PARTIAL) or path.name.startswith("scratch-")]


def test_the_ledger_and_the_registry_agree(unkilled: Path):
    paths = Paths(unkilled)
    champion = Ledger(paths.ledger).latest_champion()
    tracking = open_tracking(paths, load_settings(unkilled))
    assert champion is not None
    assert tracking.alias("champion") == champion.version == 1
    assert verify_project(paths, load_settings(unkilled)).faults == ()


def test_the_second_run_of_a_night_is_a_no_op(unkilled: Path):
    before = record_of(unkilled)
    page = Paths(unkilled).report(before.as_of, before.run)
    drawn = page.stat().st_mtime_ns
    again = run(unkilled, AS_OF)
    assert again.code == 0
    assert "ingest" not in again.steps
    assert record_of(unkilled) == before
    assert page.stat().st_mtime_ns == drawn


@pytest.mark.timeout(600)
@pytest.mark.parametrize("steps", [WRITING, pytest.param(STEPS, marks=pytest.mark.slow)], ids=["writing", "every"])
def test_killed_at_step_boundaries_the_night_completes(unkilled: Path, tmp_path: Path, steps: tuple[str, ...]):
    """One project is killed after its first step, run again, killed after its second, ... until all were survived."""
    project = small_project(tmp_path / "project")
    for step in steps:
        ended = run(project, AS_OF, kill_after=step)
        assert (ended.code, ended.steps[-1]) == (-signal.SIGKILL, step)
    assert run(project, AS_OF).code == 0
    assert content(record_of(project)) == content(record_of(unkilled))
    paths = Paths(project)
    assert verify_project(paths, load_settings(unkilled)).faults == ()
    assert open_tracking(paths, load_settings(project)).versions() == (1,)
    assert half_made(paths) == []


def test_two_runs_at_once_decide_once(tmp_path: Path):
    project = small_project(tmp_path / "project")
    first, steps = start(project, AS_OF)
    assert steps.recv() == "recall"
    second = run(project, AS_OF)
    first.join()
    assert (first.exitcode, second.code) == (0, 0)
    assert "ingest" not in second.steps
    assert record_of(project).action is Action.KEEP


def test_a_tampered_model_is_not_loaded(tmp_path: Path, unkilled: Path):
    import shutil

    project = tmp_path / "project"
    shutil.copytree(unkilled, project)
    for model in Paths(project).artifacts.rglob("model.skops"):
        content = bytearray(model.read_bytes())
        content[len(content) // 2] ^= 1
        model.write_bytes(bytes(content))
    assert run(project, "2024-11-01").code == 6
