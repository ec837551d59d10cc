"""A PostgreSQL server of our own, for the tests; they are skipped by name where the machine has none."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def _server_binaries() -> Path | None:
    """Directory of PostgreSQL's server, wherever the system put it."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a PostgreSQL server of our own, stopped at the end."""
    binaries = _server_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL: no server on this machine")
    # The server refuses to run as root; the machine's own user for it, if there is one, does.
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    if as_user and (not shutil.which("runuser") or subprocess.run(["id", "postgres"], capture_output=True).returncode):
        pytest.skip("PostgreSQL: running as root, and no user postgres to run the server as")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Not pytest's own temporary directory: that is closed to other users.
    with tempfile.TemporaryDirectory(prefix="assay-postgresql-") as home:
        if as_user:
            shutil.chown(home, "postgres")

        def run(program: str, *arguments: str) -> None:
            command = [*as_user, str(binaries / program), "-D", f"{home}/data", *arguments]
            subprocess.run(command, cwd=home, check=True, capture_output=True, timeout=60)

        run("initdb", "-A", "trust", "-U", "assay", "-E", "UTF8")
        options = f"-p {port} -h 127.0.0.1 -c fsync=off -c unix_socket_directories={home} -c timezone=America/New_York"
        run("pg_ctl", "-l", f"{home}/log", "-o", options, "-w", "start")
        try:
            yield f"postgresql+psycopg://assay@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")


def make_databases(url: str, *names: str) -> dict[str, str]:
    """Make databases, empty; their URLs by name."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for name in names:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return {name: url.rpartition("/")[0] + f"/{name}" for name in names}
