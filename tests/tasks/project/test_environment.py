import os
from pathlib import Path

import pytest

from tasks.project.environment import settle
from tasks.project.errors import CouldNotRun


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch):
    for name in ("PREFECT_HOME", "DO_NOT_TRACK", "OMP_WAIT_POLICY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("clean")
def test_tools_write_under_the_state_directory_and_send_nothing(tmp_path: Path):
    before = dict(os.environ)
    try:
        paths = settle(tmp_path)
        assert os.environ["PREFECT_HOME"] == str(paths.prefect)
        assert os.environ["DO_NOT_TRACK"] == "true"
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_the_users_own_value_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "DEBUG")
    before = dict(os.environ)
    try:
        settle(tmp_path)
        assert os.environ["PREFECT_LOGGING_LEVEL"] == "DEBUG"
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_a_project_that_cannot_be_written_is_said_to_be(tmp_path: Path):
    (tmp_path / ".assay").write_text("a file where the directory should be")
    with pytest.raises(CouldNotRun, match="expected to write"):
        settle(tmp_path)
