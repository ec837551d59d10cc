"""Settling the process: everything the tools write goes under `.assay/`, nothing is sent anywhere."""

from __future__ import annotations

import os
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
        "NUMBA_CACHE_DIR": paths.cache / "numba",
        "TMPDIR": paths.cache / "tmp",
    }
    try:
        for directory in (paths.state, *own.values()):
            directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CouldNotRun(
            f"expected to write the project's state under {paths.state}, but: {error.strerror}; "
            "make the project directory writable, or copy the project to one that is"
        ) from error
    for name, value in _ALWAYS.items() | {(name, str(path)) for name, path in own.items()}:
        os.environ.setdefault(name, value)
    return paths
