"""A server that a killed command left is ended; one that is not its own, and any other process, is left alone."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.flows.small_project import ROOT
from tests.flows.test_server_keeper import gone

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")

#: Starts two processes, one of which has the name of a server in its command line, and waits to be killed.
PARENT = """
import subprocess, sys, time
from flows.server_watch import start_watch
start_watch()
sleep = "import time; time.sleep(60)"
for name in ("prefect.server.api.server:create_app", "another"):
    print(subprocess.Popen([sys.executable, "-c", sleep, name]).pid, flush=True)
time.sleep(60)
"""


def test_killed_a_command_leaves_no_server_behind(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    server, other = (int(parent.stdout.readline()) for _ in range(2))
    time.sleep(3)
    parent.kill()
    parent.wait()
    try:
        assert gone(server)
        assert Path(f"/proc/{other}").exists()
    finally:
        subprocess.run(["kill", str(other)], check=False)
