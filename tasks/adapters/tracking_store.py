"""Where MLflow keeps things, and how it is talked to: quietly, in the state directory, with errors in plain words."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tasks.project.database_url import fill
from tasks.project.errors import ConfigurationError, CouldNotRun
from tasks.project.paths import Paths
from tasks.project.scratch import tool_scratch
from tasks.project.secrets import redacted

#: The user's own value wins.
_QUIET = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # MLflow's own 7 retries of 120 seconds keep a night waiting a quarter of an hour for a server that is down.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}

_SERVERS = ("http://", "https://", "databricks")
_DATABASES = ("sqlite", "postgresql", "mysql", "mssql")


@dataclass(frozen=True, slots=True)
class TrackingStore:
    """A tracking store and registry, reachable.

    Attributes:
        uri: where MLflow is told to look.
        client: MLflow's client, bound to `uri`.
        paths: the project.
        local: artifacts are written by this process under `paths.artifacts`; a tracking server keeps its own.
    """

    uri: str = field(repr=False)
    client: Any
    paths: Paths
    local: bool

    @contextmanager
    def talking(self, purpose: str) -> Iterator[None]:
        """Say in plain words what was wanted when MLflow fails; its temporary files stay in the state directory.

        Args:
            purpose: what MLflow is wanted for, to follow 'expected ... to'.

        Raises:
            CouldNotRun: MLflow failed.
        """
        with _talking(self.uri, self.paths, purpose):
            yield


def open_store(paths: Paths, uri: str) -> TrackingStore:
    """Reach the tracking store; the project's own SQLite file is made when it is missing.

    A new database is made under another name and renamed, so that a run killed half-way leaves nothing half-made.
    The first time costs 2 to 3 CPU seconds. Two processes must not do it at once: the caller holds the project's lock.

    Args:
        paths: the project.
        uri: `tracking.uri` of `assay.toml`, `${NAME}` for an environment variable; empty means the project's own
            SQLite file.

    Raises:
        ConfigurationError: the URI is not one that MLflow takes.
        CouldNotRun: the store cannot be reached, or belongs to another version of MLflow.
    """
    if uri and not uri.startswith((*_SERVERS, *_DATABASES)):
        fault = f"tracking.uri: expected http(s)://, sqlite:/// or postgresql+psycopg://, received {redacted(uri)!r}"
        raise ConfigurationError(str(paths.settings), [f"{fault}; leave it empty for the project's own file"])
    uri = fill(uri, os.environ, "tracking.uri")
    own = f"sqlite:///{paths.mlflow_database}"
    with _talking(uri or own, paths, "be opened"):
        if not uri:
            _initialise(paths)
        return _connected(uri or own, paths)


def _connected(uri: str, paths: Paths) -> TrackingStore:
    local = uri.startswith(_DATABASES)
    if local:
        _probe(uri)
    from mlflow import MlflowClient

    return TrackingStore(uri, MlflowClient(tracking_uri=uri, registry_uri=uri), paths, local)


def _initialise(paths: Paths) -> None:
    if paths.mlflow_database.exists():
        return
    from mlflow import MlflowClient

    fresh = paths.mlflow_database.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    uri = f"sqlite:///{fresh}"
    MlflowClient(tracking_uri=uri, registry_uri=uri).search_experiments(max_results=1)
    fresh.replace(paths.mlflow_database)


def _probe(uri: str) -> None:
    """Connect once. MLflow itself would retry for 100 seconds, even on a file that is no database."""
    from sqlalchemy import create_engine, inspect

    engine = create_engine(uri)
    try:
        inspect(engine).get_table_names()
    finally:
        engine.dispose()


@contextmanager
def _talking(uri: str, paths: Paths, purpose: str) -> Iterator[None]:
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    before = tempfile.tempdir
    try:
        tempfile.tempdir = str(tool_scratch(paths))
        _silence()
        yield
    except _failures() as error:
        cause = redacted(str(error) or type(error).__name__).splitlines()[0]
        raise CouldNotRun(f"expected MLflow at {redacted(uri)} to {purpose}, but: {cause}; {_mend(uri)}") from error
    finally:
        tempfile.tempdir = before


def _silence() -> None:
    import mlflow  # noqa: F401  it sets up its logging when it is imported

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _failures() -> tuple[type[Exception], ...]:
    from alembic.util.exc import CommandError
    from mlflow.exceptions import MlflowException
    from requests.exceptions import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    return (MlflowException, SQLAlchemyError, CommandError, RequestException, OSError, ImportError)


def _mend(uri: str) -> str:
    if uri.startswith("sqlite"):
        return "see that the file can be read and written and was made by this version of MLflow, then run again"
    return "see that the server runs and that tracking.uri in assay.toml is right, then run again"
