"""The command: exit codes, messages, and that the README knows every command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from typer.main import get_command

from flows.cli import app
from tasks.evidence.decision import ExitCode
from tasks.governance.ledger import Ledger
from tasks.project.paths import Paths
from tests.flows.small_project import AS_OF, ROOT, small_project


def assay(
    *arguments: str, home: Path | None = None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOME": str(home)} if home else environment
    command = [sys.executable, "-m", "flows.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=240)


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory, after_first_night: Callable[[Path], Path]) -> Path:
    return after_first_night(tmp_path_factory.mktemp("cli") / "project")


def test_the_outcome_is_said_as_json_and_nothing_is_written_to_the_home_directory(decided: Path, tmp_path: Path):
    home = tmp_path / "home"
    home.mkdir()
    ended = assay("nightly", "--project", str(decided), "--as-of", AS_OF, "--json", home=home)
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert (said["action"], said["exit_code"]) == ("keep", 0)
    assert list(home.iterdir()) == []


def test_a_missing_project_is_a_configuration_error_and_makes_nothing(tmp_path: Path):
    ended = assay("nightly", "--project", str(tmp_path))
    assert ended.returncode == ExitCode.USAGE
    assert "assay.toml" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_typo_in_the_policy_is_told_before_anything_starts_or_is_written(tmp_path: Path):
    project = small_project(tmp_path / "project")
    policy = project / "expectations" / "policy.toml"
    policy.write_text(policy.read_text().replace("[gate.leakage]", "[gate.leekage]").replace("days = 0", "daze = 0"))
    ended = assay("nightly", "--project", str(project))
    assert ended.returncode == ExitCode.USAGE
    assert "gate.leekage" in ended.stderr
    assert "retrain.cooldown.limits.daze" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not Paths(project).state.exists()


def test_of_a_failure_only_the_message_is_seen(tmp_path: Path):
    """A server that does not answer: PostgreSQL's own port, where nobody listens."""
    project = small_project(tmp_path / "project")
    settings = project / "assay.toml"
    source = 'kind = "sql"\nurl = "postgresql+psycopg://assay@127.0.0.1:1/loans"\nquery = "SELECT 1 AS row_key"'
    settings.write_text(settings.read_text().replace('kind = "simulated"\nrows_per_night = 120', source))
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_LOGGING_LEVEL"}
    ended = assay("nightly", "--project", str(project), environment=environment)
    assert ended.returncode == ExitCode.COULD_NOT_RUN, ended.stderr
    said = ended.stderr.splitlines()
    assert said[0].startswith("assay: ")
    assert len(said) <= 2
    assert ended.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["nightly", "--as-of", "yesterday"],
        ["no-such-command"],
        ["retrain"],
        ["retrain", "--reason", " "],
        ["retrain", "--reason", "schedule"],
    ],
)
def test_wrong_usage_ends_with_two(arguments: list[str]):
    assert assay(*arguments).returncode == ExitCode.USAGE


def test_verify_finds_the_change_of_one_byte(decided: Path):
    assert assay("verify", "--project", str(decided)).returncode == ExitCode.PASS
    entry = Ledger(Paths(decided).ledger).entries()[-1].entry
    changed = decided / entry.bundle / "policy.toml"
    original = changed.read_bytes()
    try:
        changed.write_bytes(original.replace(b"0.5", b"0.4", 1))
        ended = assay("verify", "--project", str(decided))
        assert ended.returncode == ExitCode.COULD_NOT_RUN
        assert "policy.toml" in ended.stderr
    finally:
        changed.write_bytes(original)


def test_a_dry_run_is_recorded_and_leaves_the_champion_where_it_is(decided: Path):
    ended = assay(
        "retrain", "--project", str(decided), "--as-of", "2024-11-01", "--reason", "to see", "--dry-run", "--json"
    )
    assert (ended.returncode, json.loads(ended.stdout)["action"]) == (0, "promote"), ended.stderr
    *_, gate = (sealed.entry for sealed in Ledger(Paths(decided).ledger).entries())
    assert gate.dry_run
    champion = Ledger(Paths(decided).ledger).latest_champion()
    assert champion is not None
    assert champion.version == 1


def test_a_person_signs_for_the_champion_once_and_with_words(decided: Path):
    signed = ("approve", "--project", str(decided), "--version", "1", "--by", "R. Officer", "--reason")
    assert assay(*signed, " ").returncode == 2
    said = assay(*signed, "reviewed")
    assert (said.returncode, "version 1 is signed by R. Officer" in said.stdout) == (0, True)
    again = assay(*signed, "reviewed")
    assert (again.returncode, "Traceback" in again.stderr) == (2, False)


def test_a_lost_page_is_drawn_again_from_its_bundle(decided: Path):
    page = Path(assay("report", "--project", str(decided)).stdout.strip())
    drawn = page.read_text()
    page.unlink()
    assert assay("report", "--project", str(decided)).returncode == ExitCode.PASS
    assert page.read_text() == drawn


def test_maps_are_counted_told_and_drawn_and_an_unknown_one_lists_those_there_are():
    assert "72 rows: " in assay("maps").stdout
    told = assay("maps", "--framework", "eu-ai-act")
    assert "15(5)" in told.stdout
    assert "claims no compliance" in told.stdout
    page = (ROOT / "docs" / "maps" / "eu-ai-act.md").read_text(encoding="utf-8")
    assert assay("maps", "--framework", "eu-ai-act", "--markdown").stdout == page
    assert assay("maps", "--markdown").returncode == ExitCode.USAGE
    unknown = assay("maps", "--framework", "soc-2")
    assert (unknown.returncode, "iso-42001" in unknown.stderr) == (ExitCode.USAGE, True)


def test_a_project_is_scored_from_what_it_has_recorded_and_nothing_is_written(decided: Path, tmp_path: Path):
    said = json.loads(assay("score", "--project", str(decided), "--json").stdout)
    points = {test["id"]: test["points"] for test in said["tests"]}
    # The small project's policy has the ablation switched off, and its night's performance required.
    assert (points["data-2"], points["monitor-7"], said["final"]) == (0, 1, min(said["sections"].values()))
    project = small_project(tmp_path / "project")
    before = sorted(project.rglob("*"))
    nothing = assay("score", "--project", str(project))
    assert (nothing.returncode, "Score 0, the least of the four" in nothing.stdout) == (0, True)
    assert [path for path in sorted(project.rglob("*")) if path.suffix != ".pyc"] == before


def test_the_readme_knows_every_command_and_every_exit_code():
    readme = (ROOT / "README.md").read_text()
    for command in get_command(app).commands:  # type: ignore[attr-defined]
        assert f"`assay {command}" in readme
    for code in ExitCode:
        assert f"| {int(code)} |" in readme


@pytest.mark.slow
def test_told_to_end_it_takes_its_prefect_server_along(tmp_path: Path):
    """A server that outlived it would hold its output open, and a scheduler would wait for it."""
    project = small_project(tmp_path / "project")
    lock = Paths(project).lock
    lock.parent.mkdir(parents=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    command = [sys.executable, "-m", "flows.cli", "nightly", "--project", str(project)]
    with FileLock(lock):
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        assert any("waiting for it" in line for line in process.stderr)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
