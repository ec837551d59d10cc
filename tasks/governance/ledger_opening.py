"""Opening a project's ledger with the key that signs it."""

from __future__ import annotations

import os
from pathlib import Path

from tasks.governance.keys import load_keys
from tasks.governance.ledger import Ledger
from tasks.governance.ledger_postgresql import PostgresqlStore
from tasks.governance.ledger_store import LedgerStore
from tasks.project.database_url import Database, read_url
from tasks.project.errors import ConfigurationError
from tasks.project.paths import Paths
from tasks.project.settings import AssaySettings

_KEY = "ledger.url"


def open_ledger(paths: Paths, settings: AssaySettings) -> Ledger:
    """The ledger of a project; what is appended to it is signed where the project names a key.

    Args:
        paths: the project.
        settings: `assay.toml`.

    Raises:
        ConfigurationError: a key is named and cannot be used, or `ledger.url` is no URL of a PostgreSQL database.
    """
    keys = load_keys(paths.root, settings)
    return Ledger(_place(paths, settings), keys.ledger if keys else None)


def read_ledger(paths: Paths, settings: AssaySettings) -> Ledger:
    """The ledger of a project to read from; no key is needed for that. See `open_ledger`."""
    return Ledger(_place(paths, settings))


def _place(paths: Paths, settings: AssaySettings) -> Path | LedgerStore:
    if not settings.ledger.url:
        return paths.ledger
    url = read_url(settings.ledger.url, paths.root, os.environ, _KEY)
    if url.database is not Database.POSTGRESQL:
        fault = f"{_KEY}: expected postgresql+psycopg://, received {url.database}; leave it empty for the own file"
        raise ConfigurationError(str(paths.settings), [fault])
    return PostgresqlStore(url)
