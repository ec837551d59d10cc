import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.flows.asking import train_candidate
from tests.flows.running import prefect_server, run
from tests.flows.small_project import AS_OF, small_project


@pytest.fixture(scope="session", autouse=True)
def server() -> Iterator[None]:
    """One Prefect server for all tests of the flows."""
    with prefect_server():
        yield


@pytest.fixture(scope="session")
def after_first_night(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Copies of one small project whose first night was run and kept: it takes half a minute, so workers share it."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    made = shared / "first_night"
    with FileLock(shared / "first_night.lock"):
        if not made.exists():
            project = small_project(tmp_path_factory.mktemp("first_night") / "project")
            assert run(project, AS_OF).code == 0
            shutil.copytree(project, made)
    return lambda directory: Path(shutil.copytree(made, directory))


@pytest.fixture(scope="session")
def with_challenger(
    tmp_path_factory: pytest.TempPathFactory, after_first_night: Callable[[Path], Path]
) -> Callable[[Path], Path]:
    """Copies of that project for which somebody trained version 2, in a dry run, on the night after the first."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    made = shared / "with_challenger"
    with FileLock(shared / "with_challenger.lock"):
        if not made.exists():
            project = after_first_night(tmp_path_factory.mktemp("with_challenger") / "project")
            train_candidate(project)
            shutil.copytree(project, made)
    return lambda directory: Path(shutil.copytree(made, directory))
