import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.project.environment import require_loopback, settle
from tasks.project.errors import CouldNotRun


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch):
    for name in ("PREFECT_HOME", "DO_NOT_TRACK", "OMP_WAIT_POLICY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def environment_kept() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


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


@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022, 0o077])
@pytest.mark.usefixtures("environment_kept")
def test_others_have_no_part_in_the_state_and_the_mask_holds(tmp_path: Path, mask: int):
    before = os.umask(mask)
    try:
        state = settle(tmp_path).state
    finally:
        os.umask(before)
    assert state.stat().st_mode & 0o777 == 0o770 & ~mask


@pytest.mark.usefixtures("environment_kept")
def test_a_state_that_everybody_may_write_to_is_so_no_longer_and_other_rights_stay(tmp_path: Path):
    state = tmp_path / ".assay"
    state.mkdir()
    state.chmod(0o2777)
    settle(tmp_path)
    assert state.stat().st_mode & 0o7777 == 0o2775


@pytest.mark.usefixtures("environment_kept")
def test_what_is_compiled_is_kept_where_nobody_else_can_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Numba keeps it as pickles."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    directory = settle(tmp_path).cache / f"numba-{os.getuid()}"
    assert os.environ["NUMBA_CACHE_DIR"] == str(directory)
    assert directory.stat().st_mode & 0o777 == 0o700
    directory.chmod(0o777)
    settle(tmp_path)
    assert directory.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("theirs", ["a link", "another user's"])
@pytest.mark.usefixtures("environment_kept")
def test_what_somebody_else_put_there_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theirs: str):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    directory = settle(tmp_path).cache / f"numba-{os.getuid()}"
    del os.environ["NUMBA_CACHE_DIR"]
    if theirs == "a link":
        directory.rmdir()
        (tmp_path / "elsewhere").mkdir()
        directory.symlink_to(tmp_path / "elsewhere")
    elif os.getuid() == 0:
        os.chown(directory, 12345, -1)
    else:
        pytest.skip("only the superuser can give a directory away")
    settle(tmp_path)
    assert "NUMBA_CACHE_DIR" not in os.environ


@pytest.mark.parametrize(("level", "console"), [(None, "CRITICAL"), ("DEBUG", None)])
def test_the_terminal_is_spared_tracebacks_unless_a_level_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str | None, console: str | None
):
    """Prefect's own reading of the environment, in a process of its own."""
    monkeypatch.delenv("PREFECT_LOGGING_LEVEL", raising=False)
    if level:
        monkeypatch.setenv("PREFECT_LOGGING_LEVEL", level)
    code = (
        "import os, pathlib, sys; from tasks.project.environment import settle; settle(pathlib.Path(sys.argv[1])); "
        "import logging; from prefect.logging.configuration import setup_logging; setup_logging(); "
        "logging.getLogger('prefect.flow_runs').error('went wrong', extra={'flow_run_name': 'f'}); "
        "print(os.environ.get('PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL'))"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == str(console)
    assert ("went wrong" in ended.stderr) is (console is None)


def test_a_machine_that_can_talk_to_itself_is_well(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    require_loopback()


#: A network namespace of its own has a loopback interface that is down.
_CUT_OFF = ["unshare", "--net", "--map-root-user", "--user"]
_NEEDS_UNSHARE = pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run([*_CUT_OFF, "true"], check=False).returncode != 0,
    reason="network namespaces are not allowed here",
)


@_NEEDS_UNSHARE
@pytest.mark.parametrize(("url", "said"), [("", "127.0.0.1"), ("http://prefect.example/api", "")])
def test_a_loopback_interface_that_is_down_is_said_at_once(url: str, said: str):
    code = "from tasks.project.environment import require_loopback; require_loopback()"
    environment = {**os.environ, "PREFECT_API_URL": url}
    command = [*_CUT_OFF, sys.executable, "-c", code]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert (ended.returncode == 0) is (said == "")
    assert said in ended.stderr
