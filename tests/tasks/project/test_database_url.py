from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url

from tasks.project.database_url import Database, read_url
from tasks.project.errors import ConfigurationError

SERVER = "postgresql+psycopg://assay:${PASSWORD}@${HOST}:5433/credits?sslmode=disable"


def test_a_server_gets_its_secrets_and_is_shown_without_them() -> None:
    """Whatever the password holds, it stays the password."""
    held = "p@ss/w:rd?%#${HOST}"
    url = read_url(SERVER, Path("/"), {"PASSWORD": held, "HOST": "db.local"})
    parsed = make_url(url.full)
    assert (parsed.username, parsed.password, parsed.host, parsed.port) == ("assay", held, "db.local", 5433)
    assert url.database is Database.POSTGRESQL
    assert url.shown == "postgresql://db.local:5433/credits"
    assert held not in repr(url)


def test_a_url_may_be_one_variable() -> None:
    url = read_url("${DATABASE}", Path("/"), {"DATABASE": "postgresql://me:it@host/db"})
    assert url.full == "postgresql+psycopg://me:it@host/db"


def test_every_missing_variable_is_named() -> None:
    with pytest.raises(ConfigurationError, match="environment variable HOST, PASSWORD, which the url names"):
        read_url(SERVER, Path("/"), {})


def test_files_start_at_the_project_or_at_the_root(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "credits.db").touch()
    assert read_url("sqlite:///data/credits.db", tmp_path, {}).file == tmp_path / "data" / "credits.db"
    absolute = read_url(f"duckdb:///{tmp_path}/data/credits.db", Path("/elsewhere"), {})
    assert absolute.file == tmp_path / "data" / "credits.db"
    assert absolute.database is Database.DUCKDB


@pytest.mark.parametrize("url", ["sqlite:///never.db", "sqlite:///", "sqlite://", "duckdb:///never.db", "sqlite://x/y"])
def test_a_missing_file_is_a_fault_and_is_not_made(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"source\.url: expected"):
        read_url(url, tmp_path, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["", "credits.db", "mysql://me:s3cret@host/db", "postgresql+psycopg2://me:s3cret@host/db", "://s3cret"]
)
def test_other_databases_are_refused_without_their_secrets(url: str) -> None:
    with pytest.raises(ConfigurationError, match="expected sqlite:///FILE, duckdb:///FILE or postgresql") as fault:
        read_url(url, Path("/"), {})
    assert "s3cret" not in str(fault.value)
