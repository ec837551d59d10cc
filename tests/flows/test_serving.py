"""`assay serve` on a real Prefect server: a scheduled night fires, its event starts a retraining, a dead run ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from flows.serving import serve
from tasks.evidence.decision import Action
from tasks.governance.entry import EntryKind
from tasks.project.errors import CouldNotRun
from tests.flows.served import answers, ask, entries, free_port, serving, soon_and_unhappy, until
from tests.flows.small_project import ROOT, small_project

DEAD = """
from prefect import flow, tags
import time
@flow(name="assay-nightly")
def silent():
    print("alive", flush=True)
    time.sleep(600)
with tags("assay-small-credit"):
    silent()
"""

WATCH = """
import sys
from pathlib import Path
from flows.deployments import end_dead_runs
from tasks.project.settings import load_settings
end_dead_runs(load_settings(Path(sys.argv[1])), 45)
"""


def dying(port: int) -> subprocess.Popen[str]:
    """A run that has begun, in a process of its own."""
    environment = {
        **os.environ,
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    }
    process = subprocess.Popen([sys.executable, "-c", DEAD], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "alive\n"
    return process


def never(project: Path) -> Path:
    """The project with a schedule that does not come during a test."""
    settings = project / "assay.toml"
    settings.write_text(settings.read_text() + '[schedule]\ncron = "0 0 1 1 *"\n')
    return project


def test_a_port_that_is_taken_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    taken = urlsplit(os.environ["PREFECT_API_URL"]).port
    assert taken is not None
    monkeypatch.delenv("PREFECT_API_URL")
    with pytest.raises(CouldNotRun, match=f"port {taken} .*--port"):
        serve(small_project(tmp_path / "project"), taken, print)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_scheduled_night_fires_and_the_retraining_that_it_asks_for_runs(
    tmp_path: Path, after_first_night: Callable[[Path], Path]
):
    project, port = after_first_night(tmp_path / "project"), free_port()
    soon_and_unhappy(project)
    with serving(project, port, tmp_path / "served.log") as process:
        until(lambda: [one for one in entries(project) if one.trigger.startswith("The night of")], process)

        def ended() -> list[dict[str, Any]]:
            runs = ask(port, "/flow_runs/filter", {"sort": "EXPECTED_START_TIME_ASC"})
            return [run for run in runs if (run["created_by"] or {}).get("type") == "AUTOMATION" and run["end_time"]]

        answered = until(ended, process)
        runs = ask(port, "/flow_runs/filter", {"sort": "EXPECTED_START_TIME_ASC"})
        events = ask(port, "/events/filter", {"filter": {"event": {"prefix": ["assay."]}}})["events"]
    first = min((run for run in runs if run["start_time"]), key=lambda run: str(run["start_time"]))
    assert (first["auto_scheduled"], first["state_name"]) == (True, "Retrain")
    assert answered[0]["parameters"]["as_of"] == "2024-11-01"
    nights = [one for one in entries(project) if one.kind is EntryKind.NIGHT]
    assert [one.action for one in nights] == [Action.KEEP, Action.RETRAIN]
    (gate,) = [one for one in entries(project)[3:] if one.kind is EntryKind.GATE]
    assert gate.trigger == f"The night of 2024-11-01 asked for it (run {nights[1].run})."
    assert {"assay.night.decided", "assay.retrain.requested"} <= {event["event"] for event in events}
    assert process.returncode == 0, (tmp_path / "served.log").read_text()


SERVED = "assay-nightly/small-credit"
CRASHED = {"flow_runs": {"state": {"type": {"any_": ["CRASHED"]}}}}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_run_whose_machine_died_is_ended_by_the_server(tmp_path: Path):
    project, port, log = never(small_project(tmp_path / "project")), free_port(), tmp_path / "served.log"
    with serving(project, port, log) as process:
        until(lambda: SERVED in log.read_text(), process)
        environment = {**os.environ, "PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
        subprocess.run([sys.executable, "-c", WATCH, str(project)], cwd=ROOT, env=environment, check=True, timeout=120)
        run = dying(port)
        beats = {"filter": {"event": {"name": ["prefect.flow-run.heartbeat"]}}}
        until(lambda: ask(port, "/events/filter", beats)["events"], process, 120)
        run.kill()
        run.wait()
        (ended,) = until(lambda: ask(port, "/flow_runs/filter", CRASHED), process, 240)
    assert "No sign of life for 45 seconds" in ended["state"]["message"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_it_takes_its_server_along_and_served_again_it_ends_the_run_that_was_left(tmp_path: Path):
    project, port, log = never(small_project(tmp_path / "project")), free_port(), tmp_path / "served.log"
    with serving(project, port, log) as process:
        until(lambda: SERVED in log.read_text(), process)
        run = dying(port)
        process.kill()
        run.kill()
        process.wait()
    end = time.monotonic() + 60
    while answers(port) and time.monotonic() < end:
        time.sleep(0.5)
    assert not answers(port)
    with serving(project, port, log) as process:
        until(lambda: SERVED in log.read_text(), process)
        (ended,) = ask(port, "/flow_runs/filter", CRASHED)
    assert "an earlier `assay serve` ended" in ended["state"]["message"]
