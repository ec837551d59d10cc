"""Ends the Prefect server that Prefect starts for one command, where the command was killed and could not do so.

Run as `python -m flows.server_watch PARENT`. Without it, each night that was killed would leave a server behind, with
a quarter of a gigabyte. It works where the system shows its processes under /proc; elsewhere it does nothing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

_LOOK_SECONDS = 1.0
_PROCESSES = Path("/proc")

#: What stands in the command line of such a server.
_SERVER = b"prefect.server"

#: A process by its id and the time of its start, since ids are used again.
_Process = tuple[int, str]


def start_watch() -> None:
    """Have this process watched, unless a server is given to it, which is not its own to end."""
    if os.environ.get("PREFECT_API_URL") or not _PROCESSES.is_dir():
        return
    command = [sys.executable, "-m", "flows.server_watch", str(os.getpid())]
    nowhere = subprocess.DEVNULL
    subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)  # noqa: S603  our own


def watch(parent: int) -> None:
    """Remember the servers that a process starts; when it is gone, end those that are left.

    Args:
        parent: process id of the parent.
    """
    servers: set[_Process] = set()
    while os.getppid() == parent:
        servers |= _servers_of(parent)
        time.sleep(_LOOK_SECONDS)
    for number, started in servers:
        with suppress(OSError):
            if _stat(number)[1] == started:
                os.kill(number, signal.SIGTERM)


def _servers_of(parent: int) -> set[_Process]:
    found: set[_Process] = set()
    for entry in _PROCESSES.iterdir():
        # A process may end while it is looked at.
        with suppress(OSError, ValueError):
            number = int(entry.name)
            above, started = _stat(number)
            if above == parent and _SERVER in (entry / "cmdline").read_bytes():
                found.add((number, started))
    return found


def _stat(number: int) -> tuple[int, str]:
    """Parent and time of start of a process: the 4th and the 22nd field (proc(5)); its name may hold anything."""
    fields = (_PROCESSES / str(number) / "stat").read_text().rpartition(")")[2].split()
    return int(fields[1]), fields[19]


if __name__ == "__main__":
    watch(int(sys.argv[1]))
