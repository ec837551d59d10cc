"""Keeps a Prefect server for as long as the process that wanted it lives, however that ends.

Run as `python -m flows.server_keeper PARENT COMMAND...`. Without it, a server whose `assay serve` was killed would
stay, hold the port, and schedule nights that nobody runs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from types import FrameType

_LOOK_SECONDS, _STOP_SECONDS = 0.5, 15.0


def keep(parent: int, command: list[str]) -> int:
    """Run a command until it ends, this process is told to, or the parent is gone; its exit code.

    Args:
        parent: process id of the parent.
        command: what to run.
    """
    server = subprocess.Popen(command)  # noqa: S603  our own
    try:
        while os.getppid() == parent and server.poll() is None:
            time.sleep(_LOOK_SECONDS)
    finally:
        server.terminate()
        try:
            server.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    return server.returncode


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    sys.exit(keep(int(sys.argv[1]), sys.argv[2:]))
