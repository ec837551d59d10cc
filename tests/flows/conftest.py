import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.flows.running import run
from tests.flows.small_project import AS_OF, small_project


@pytest.fixture(scope="session", autouse=True)
def prefect_server() -> Iterator[None]:
    """One Prefect server with a database of its own for all tests of the flows."""
    import os

    from prefect.settings import PREFECT_API_URL
    from prefect.testing.utilities import prefect_test_harness

    os.environ["PREFECT_LOGGING_LEVEL"] = "ERROR"
    with prefect_test_harness(server_startup_timeout=180):
        os.environ["PREFECT_API_URL"] = str(PREFECT_API_URL.value())
        yield
        del os.environ["PREFECT_API_URL"]


@pytest.fixture(scope="session")
def after_first_night(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Copies of one small project whose first night was run and kept: it takes a quarter of a minute to make one."""
    made = small_project(tmp_path_factory.mktemp("first_night") / "project")
    assert run(made, AS_OF).code == 0
    return lambda directory: Path(shutil.copytree(made, directory))
