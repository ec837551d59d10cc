"""Settling the process: everything the tools write goes under `.assay/`, nothing is sent anywhere."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from pathlib import Path

from tasks.project.errors import CouldNotRun
from tasks.project.paths import Paths

#: Environment of every run. The user's own value wins, so that a server or a log level can be given from outside.
_ALWAYS = {
    "DO_NOT_TRACK": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "ERROR",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
    # A new database on a busy machine needs longer than Prefect's 20 seconds.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    # Larger batches lose task-run events when the ephemeral server ends.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "50",
    # Spinning threads cost HistGradientBoosting ten times the CPU on contended cores.
    "OMP_WAIT_POLICY": "PASSIVE",
}

#: A connection to oneself takes microseconds; one that takes longer is dropped on its way.
_LOOPBACK_SECONDS = 5.0


def settle(root: Path) -> Paths:
    """Make the state directory and point every tool at it. Call it before any tool is imported.

    Args:
        root: the project directory.

    Raises:
        CouldNotRun: the state directory cannot be written.
    """
    paths = Paths(root.resolve())
    own = {
        "PREFECT_HOME": paths.prefect,
        "MPLCONFIGDIR": paths.cache / "matplotlib",
        "TMPDIR": paths.cache / "tmp",
    }
    try:
        _make_state(paths.state)
        for directory in own.values():
            directory.mkdir(parents=True, exist_ok=True)
        compiled = paths.cache / f"numba-{os.getuid()}"
        if _private(compiled):
            own["NUMBA_CACHE_DIR"] = compiled
    except OSError as error:
        raise CouldNotRun(
            f"expected to write the project's state under {paths.state}, but: {error.strerror}; "
            "make the project directory writable, or copy the project to one that is"
        ) from error
    if "PREFECT_LOGGING_LEVEL" not in os.environ:
        # Prefect shows the traceback of every error that passes through a flow, and the command says the error itself.
        # Only the terminal is spared: the run's own log on the Prefect server has it. Who sets a level sees all.
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    for name, value in _ALWAYS.items() | {(name, str(path)) for name, path in own.items()}:
        os.environ.setdefault(name, value)
    return paths


def _make_state(state: Path) -> None:
    """The state directory, which holds rows, models and the ledger: others than its owner and group have no part in it.

    One that is there keeps its rights, but that everybody may write to it: who can is who decides what serves.
    """
    if not state.is_dir():
        state.mkdir(mode=0o770)
    mode = state.stat().st_mode
    if mode & stat.S_IWOTH:
        # Some file systems know no rights, and some owners are others.
        with contextlib.suppress(OSError):
            state.chmod(stat.S_IMODE(mode) & ~stat.S_IWOTH)


def _private(directory: Path) -> bool:
    """Make a directory that nobody but this user can read or write; False where it is somebody else's.

    What numba compiled is kept as pickles: whoever could write them could run code in every later night. Without the
    directory nothing is kept, and each process compiles anew.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        return False
    directory.chmod(0o700)
    return directory.stat().st_mode & 0o077 == 0


def require_loopback() -> None:
    """See that this machine can talk to itself: the Prefect server of a run listens on 127.0.0.1.

    No network is needed beyond that, and not even that when `PREFECT_API_URL` names a server elsewhere.

    Raises:
        CouldNotRun: the loopback interface is down; Prefect would wait for minutes and name no cause.
    """
    if os.environ.get("PREFECT_API_URL"):
        return
    try:
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
            client.settimeout(_LOOPBACK_SECONDS)
            client.connect(server.getsockname())
    except OSError as error:
        raise CouldNotRun(
            "expected to connect to 127.0.0.1, where the Prefect server of a run listens, but: "
            f"{error.strerror or error}; bring the loopback interface up (`ip link set lo up`), or name a server with "
            "PREFECT_API_URL"
        ) from error
