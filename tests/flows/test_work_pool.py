"""`prefect.yaml` on a real server: deployed to a work pool, a worker runs a night of the project."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flows.deployments import POOL, TABLE, prefect_yaml
from tests.flows.small_project import AS_OF, ROOT
from tests.flows.test_serving import answers, ask, free_port, until


@contextmanager
def server(home: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PREFECT_HOME": str(home)}
    start = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    keeper = [sys.executable, "-m", "flows.server_keeper", str(os.getpid()), *start]
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(keeper, cwd=ROOT, env=environment, stdout=log, stderr=log, text=True)
        try:
            until(lambda: answers(port), process, 180)
            yield process
        finally:
            process.terminate()
            process.wait(60)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_worker_runs_what_prefect_yaml_deployed(tmp_path: Path, after_first_night: Callable[[Path], Path]):
    project, port = after_first_night(tmp_path / "project"), free_port()
    (project / "prefect.yaml").write_text(prefect_yaml(project))
    home = tmp_path / "home"
    home.mkdir()
    environment = {
        **os.environ,
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_HOME": str(home),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }

    def prefect(*arguments: str) -> str:
        command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
        ended = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=300)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    with server(home, port):
        prefect("work-pool", "create", POOL, "--type", "process")
        prefect("work-pool", "update", POOL, "--concurrency-limit", "1")
        prefect("deploy", "--all")
        deployed = ask(port, "/deployments/filter", {})
        assert {one["entrypoint"] for one in deployed} == {f"flows.scheduled.{one.flow}" for one in TABLE}
        assert [one["schedules"][0]["schedule"]["cron"] for one in deployed if one["schedules"]] == ["0 3 * * *"]
        taken = [one["actions"][0]["parameters"] for one in ask(port, "/automations/filter", {})]
        templates = sorted(value["template"] for one in taken for value in one.values() if isinstance(value, dict))
        assert templates == [f"{{{{ event.payload.{key} }}}}" for key in ("as_of", "reason", "run")]
        prefect("deployment", "run", "assay-nightly/small-credit", "-p", f"as_of={AS_OF}")
        prefect("worker", "start", "--pool", POOL, "--run-once")
        runs = ask(port, "/flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}})
        assert [run["state_name"] for run in runs] == ["Keep"], ask(port, "/flow_runs/filter", {})
