"""A whole night with everything on PostgreSQL, by URLs alone: it decides what it decides on files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tasks.evidence.night_record import NightRecord
from tasks.governance.bundle import read_record
from tasks.governance.entry import EntryKind
from tasks.governance.ledger_opening import read_ledger
from tasks.project.paths import Paths
from tasks.project.settings import load_settings
from tests.flows.small_project import AS_OF, ROOT, small_project
from tests.postgresql import make_databases

PASSWORD = "s3cr3t/pa:55@word"  # noqa: S105  made up, and looked for

SERVERS = """
[tracking]
uri = "{mlflow}"
[ledger]
url = "{ledger}"
"""


def record_of(project: Path) -> NightRecord:
    ledger = read_ledger(Paths(project), load_settings(project))
    (night,) = [sealed.entry for sealed in ledger.entries() if sealed.entry.kind is EntryKind.NIGHT]
    return read_record(project / night.bundle)


def rows(url: str, query: str) -> Any:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        found = connection.execute(query.encode()).fetchone()
    return found[0] if found else None


def everything(url: str) -> list[str]:
    """Every line of every table of a database, as text."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        found = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        tables = [name for (name,) in connection.execute(found.encode())]
        whole = [f'SELECT t::text FROM "{name}" t' for name in tables]  # noqa: S608  names of its own catalogue
        lines = [connection.execute(query.encode()).fetchall() for query in whole]
    return [str(line) for table in lines for (line,) in table]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_night_on_postgresql_decides_as_on_files_and_writes_no_password(
    tmp_path: Path,
    postgresql: str,
    after_first_night: Callable[[Path], Path],
    monkeypatch: pytest.MonkeyPatch,
):
    urls = make_databases(postgresql, "prefect", "mlflow", "feast", "online", "ledger")
    named = {name: url.replace("assay@", "assay:${ASSAY_TEST_PASSWORD}@") for name, url in urls.items()}
    project = small_project(tmp_path / "project")
    settings = project / "assay.toml"
    feast = f'[features]\nregistry = "{named["feast"]}"\nonline_store = "{named["online"]}?sslmode=disable"'
    settings.write_text(settings.read_text().replace("[features]", feast, 1) + SERVERS.format(**named))
    monkeypatch.setenv("ASSAY_TEST_PASSWORD", PASSWORD)

    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    prefect = urls["prefect"].replace("+psycopg", "+asyncpg").replace("assay@", "assay:unused@")
    environment |= {"PREFECT_SERVER_DATABASE_CONNECTION_URL": prefect, "PREFECT_LOGGING_LEVEL": "INFO"}
    command = [sys.executable, "-m", "flows.cli", "nightly", "--project", str(project), "--as-of", AS_OF, "--json"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["action"] == "keep"

    on_files, on_servers = record_of(after_first_night(tmp_path / "files")), record_of(project)
    assert on_servers.reasons == on_files.reasons
    assert on_servers.decisions == on_files.decisions

    assert rows(urls["prefect"], "SELECT count(*) FROM flow_run") == 1
    assert rows(urls["mlflow"], "SELECT count(*) FROM model_versions") == 1
    assert rows(urls["feast"], "SELECT count(*) FROM feature_services") >= 1
    online = "SELECT count(*) FROM information_schema.tables WHERE table_name LIKE 'consumer_credit%'"
    assert rows(urls["online"], online) >= 1
    assert rows(urls["ledger"], "SELECT count(*) FROM entries") == len(
        read_ledger(Paths(project), load_settings(project)).entries()
    )
    state = Paths(project).state
    assert not [name for name in ("mlflow.db", "ledger.db", "feast/registry.db") if (state / name).exists()]

    said = [ended.stdout.encode(), ended.stderr.encode()]
    kept = [path.read_bytes() for path in state.rglob("*") if path.is_file()]
    assert not [text for text in (*said, *kept) if PASSWORD.encode() in text or b"s3cr3t%2Fpa" in text]

    for url in urls.values():
        assert not [text for text in everything(url) if PASSWORD in text or "s3cr3t%2Fpa" in text]

    verified = subprocess.run(
        [sys.executable, "-m", "flows.cli", "verify", "--project", str(project)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert (verified.returncode, verified.stderr) == (0, "")
