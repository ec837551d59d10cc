"""Running nights in processes of their own, so that they can be killed; the fork server pays the imports once."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

CONTEXT = multiprocessing.get_context("forkserver")
_PRELOADED = (
    "flows.nightly", "flows.retrain", "flows.gate", "flows.approval", "feast", "great_expectations", "mlflow",
    "mlflow.sklearn", "mlflow.store.tracking.sqlalchemy_store", "shap", "skops.io",
)  # fmt: skip
CONTEXT.set_forkserver_preload(list(_PRELOADED))


@contextmanager
def prefect_server() -> Iterator[None]:
    """A Prefect server with a database of its own for every run that is started here; one that is there is used."""
    if "PREFECT_API_URL" in os.environ:
        yield
        return
    from prefect.settings import PREFECT_API_URL
    from prefect.testing.utilities import prefect_test_harness

    os.environ["PREFECT_LOGGING_LEVEL"] = "ERROR"
    with prefect_test_harness(server_startup_timeout=180):
        os.environ["PREFECT_API_URL"] = str(PREFECT_API_URL.value())
        yield
        del os.environ["PREFECT_API_URL"]


@dataclass(frozen=True)
class Returned:
    """How a call ended: the process's exit code (negative: the signal), and what it returned or said."""

    code: int | None
    value: Any


def call(project: Path, function: str, *arguments: Any, kill_before: str = "", **named: Any) -> Returned:
    """Call a function, by its dotted name, in a process that is killed the moment it would call another one."""
    receiving, sending = CONTEXT.Pipe(duplex=False)
    server = os.environ["PREFECT_API_URL"]
    process = CONTEXT.Process(target=_caller, args=(project, function, arguments, named, kill_before, server, sending))
    process.start()
    sending.close()
    try:
        value = receiving.recv()
    except EOFError:
        value = None
    process.join()
    return Returned(process.exitcode, value)


def _caller(
    project: Path, function: str, arguments: Any, named: Any, kill_before: str, server: str, result: Any
) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from tasks.project.environment import settle
    from tasks.project.errors import AssayError

    settle(project)
    if kill_before:
        module, _, name = kill_before.rpartition(".")
        setattr(importlib.import_module(module), name, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    module, _, name = function.rpartition(".")
    with temporary_settings({PREFECT_API_URL: server}):
        try:
            result.send(getattr(importlib.import_module(module), name)(*arguments, **named))
        except AssayError as error:
            result.send(str(error))
            os._exit(error.exit_code)
    os._exit(0)


@dataclass(frozen=True)
class Ended:
    """How a run ended: the process's exit code (negative: the signal), and what it said on its way."""

    code: int | None
    steps: tuple[str, ...]


def run(project: Path, as_of: str, *, kill_after: str = "", reason: str = "") -> Ended:
    """Run a night (or a retraining, when a reason is given), killed with SIGKILL after the step of that name."""
    process, steps = start(project, as_of, kill_after=kill_after, reason=reason)
    said = []
    while True:
        try:
            said.append(steps.recv())
        except EOFError:
            break
    process.join()
    return Ended(process.exitcode, tuple(said))


def start(project: Path, as_of: str, *, kill_after: str = "", reason: str = "") -> tuple[Any, Any]:
    """Start a run and return its process and the pipe on which it names its steps."""
    receiving, sending = CONTEXT.Pipe(duplex=False)
    server = os.environ["PREFECT_API_URL"]
    process = CONTEXT.Process(target=_child, args=(project, as_of, kill_after, reason, server, sending))
    process.start()
    sending.close()
    return process, receiving


def _child(project: Path, as_of: str, kill_after: str, reason: str, server: str, steps: Any) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    import flows.nightly
    import flows.retrain
    from tasks.project.environment import settle
    from tasks.project.errors import AssayError

    settle(project)
    progress = _killing(kill_after, steps)
    with temporary_settings({PREFECT_API_URL: server}):
        try:
            night = date.fromisoformat(as_of)
            if reason:
                record = flows.retrain.retrain(str(project), reason, night, 60, progress)
            else:
                record = flows.nightly.nightly(str(project), night, 60, progress)
        except AssayError as error:
            os._exit(error.exit_code)
    steps.close()
    os._exit(record.exit_code)


def _killing(kill_after: str, steps: Any) -> Any:
    from tasks.report.progress import Progress

    class Killing(Progress):
        """Tells its steps, and dies after the one it was given."""

        @contextmanager
        def step(self, name: str) -> Iterator[Any]:
            with super().step(name) as step:
                yield step
            steps.send(name)
            if name == kill_after:
                os.kill(os.getpid(), signal.SIGKILL)

    return Killing(quiet=True)
