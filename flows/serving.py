"""`assay serve`: the schedules of one project on one machine, with a Prefect server of its own or one elsewhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tasks.project.errors import CouldNotRun
from tasks.project.paths import Paths

#: Nothing but this machine reaches the server: it asks nobody who they are.
_LOOPBACK = "127.0.0.1"

#: A server with a new database on a busy machine takes its time.
_START_SECONDS, _STOP_SECONDS = 180.0, 20.0


def serve(project: Path, port: int, say: Callable[[str], None]) -> None:
    """Run the project's schedules until it is told to end; a run under way ends too: the next completes it.

    Args:
        project: the project directory.
        port: where the server is started on the loopback interface; unused when `PREFECT_API_URL` names one.
        say: tells a line to the reader.

    Raises:
        ConfigurationError: `assay.toml` has faults.
        CouldNotRun: the port is taken, or the server does not start or ends by itself.
    """
    given = os.environ.get("PREFECT_API_URL")
    if given:
        say(f"Prefect server: {_without_user(given)}")
        _serve(project, say)
        return
    with _own_server(Paths(project.resolve()), port) as (url, alive):
        say(f"Prefect server: {url.removesuffix('/api')} (this machine only), its state in {Paths(project).prefect}")
        os.environ["PREFECT_API_URL"] = url
        _serve(project, say, alone=True)
        if not alive():
            raise CouldNotRun(
                f"expected the Prefect server to run as long as its schedules, but it ended; read "
                f"{_log(Paths(project.resolve()))}, then serve again: missed nights are caught up"
            )


def _serve(project: Path, say: Callable[[str], None], *, alone: bool = False) -> None:
    # Prefect reads its settings when it is imported, so not before they are known.
    from prefect import serve as serve_all

    from flows.deployments import HEARTBEAT_SECONDS, end_dead_runs, end_left_runs, served
    from tasks.project.settings import load_settings

    settings = load_settings(project)
    deployments = served(project)
    end_dead_runs(settings)
    if alone:
        end_left_runs(settings)
    schedule = settings.schedule
    for one in deployments:
        when = f"cron '{schedule.cron}' in {schedule.timezone}" if one.schedules else "on demand"
        say(f"  {one.flow_name}/{one.name}: {'by event, or ' if one.triggers else ''}{when}")
    # One run at a time, whichever deployment it is of: a project is one ledger and one champion.
    serve_all(*deployments, limit=1, print_starting_message=False, heartbeat_seconds=HEARTBEAT_SECONDS)


@contextmanager
def _own_server(paths: Paths, port: int) -> Iterator[tuple[str, Callable[[], bool]]]:
    url = f"http://{_LOOPBACK}:{port}/api"
    if _answers(url):
        raise CouldNotRun(
            f"expected port {port} to be free, but a server answers there; name another with --port, or use that "
            f"server: PREFECT_API_URL={url}"
        )
    keeper = [sys.executable, "-m", "flows.server_keeper", str(os.getpid())]
    command = [*keeper, sys.executable, "-m", "prefect", "server", "start", "--host", _LOOPBACK, "--port", str(port)]
    with _log(paths).open("ab") as log:
        # A group of its own: Ctrl-C is for the runs first, and the server must outlive them.
        server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)  # noqa: S603  our own
    stopping = threading.Event()
    try:
        _await(server, url, paths)
        threading.Thread(target=_end_with, args=(server, stopping), daemon=True).start()
        yield url, lambda: server.poll() is None
    finally:
        stopping.set()
        _stop(server)


def _await(server: subprocess.Popen[bytes], url: str, paths: Paths) -> None:
    until = time.monotonic() + _START_SECONDS
    while not _answers(url):
        if server.poll() is not None or time.monotonic() > until:
            raise CouldNotRun(
                f"expected a Prefect server at {url}, but it did not start; read {_log(paths)}, mend it and serve again"
            )
        time.sleep(0.2)


def _end_with(server: subprocess.Popen[bytes], stopping: threading.Event) -> None:
    """Without its server nothing is scheduled any more: then this process ends too, and whoever watches it knows."""
    server.wait()
    if not stopping.is_set():
        os.kill(os.getpid(), signal.SIGTERM)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/health", timeout=2) as answer:  # noqa: S310  http on the loopback interface
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _log(paths: Paths) -> Path:
    return paths.prefect / "server.log"


def _without_user(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
