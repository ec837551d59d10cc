"""The keeper ends what it keeps: when it is told to, when its parent dies, and when what it keeps ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.flows.small_project import ROOT

SLEEPER = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"]


def keeping(parent: int, command: list[str]) -> subprocess.Popen[str]:
    keeper = [sys.executable, "-m", "flows.server_keeper", str(parent), *command]
    return subprocess.Popen(keeper, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def gone(process: int) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        state = Path(f"/proc/{process}/stat")
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        # One that nobody has asked about yet is as good as gone.
        if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.1)
    return False


def test_told_to_end_it_ends_what_it_keeps():
    keeper = keeping(os.getpid(), SLEEPER)
    assert keeper.stdout is not None
    kept = int(keeper.stdout.readline())
    keeper.terminate()
    keeper.wait(20)
    assert gone(kept)


def test_without_its_parent_it_ends_by_itself():
    code = (
        "import os, subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-m', 'flows.server_keeper', str(os.getpid()), *sys.argv[1:]])\n"
        "time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, *SLEEPER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    kept = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    assert gone(kept)


def test_its_exit_code_is_that_of_what_it_kept():
    assert keeping(os.getpid(), [sys.executable, "-c", "raise SystemExit(7)"]).wait(20) == 7
