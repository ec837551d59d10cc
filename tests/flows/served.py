"""`assay serve` as a test sees it: a process with a Prefect server, asked through its own interface."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tasks.governance.entry import Entry
from tasks.governance.ledger import Ledger
from tasks.project.paths import Paths
from tests.flows.small_project import ROOT

#: A retraining on a busy machine.
_PATIENCE = 540

_SCHEDULE = '\n[schedule]\ncron = "{cron}"\ntimezone = "Europe/Berlin"\nnight = "latest"\nretrain = "event"\n'


def soon_and_unhappy(project: Path) -> None:
    """Schedule the next night for two minutes from now, under a policy that no champion satisfies."""
    settings, policy = project / "assay.toml", project / "expectations" / "policy.toml"
    text = settings.read_text().replace("rows_per_night = 120", "rows_per_night = 120\nlast = 2024-11-01")
    soon = datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(minutes=2)
    settings.write_text(text + _SCHEDULE.format(cron=f"{soon.minute} {soon.hour} * * *"))
    policy.write_text(policy.read_text().replace("auc_minimum = 0.5", "auc_minimum = 0.99", 1))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def entries(project: Path) -> list[Entry]:
    return [sealed.entry for sealed in Ledger(Paths(project).ledger).entries()]


def ask(port: int, path: str, content: dict[str, Any]) -> Any:
    return httpx.post(f"http://127.0.0.1:{port}/api{path}", json=content, timeout=60).json()


def until(found: Callable[[], Any], alive: subprocess.Popen[str], seconds: float = _PATIENCE) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what := found():
            return what
        assert alive.poll() is None, "it ended by itself"
        time.sleep(1)
    pytest.fail(f"nothing came within {seconds} s")


@contextmanager
def serving(project: Path, port: int, log: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    command = [sys.executable, "-m", "flows.cli", "serve", "--project", str(project), "--port", str(port)]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out, text=True)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(90)


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
