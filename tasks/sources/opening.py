"""Opening the source that a project's `[source]` describes."""

from __future__ import annotations

import os
from pathlib import Path

from tasks.project.settings import AssaySettings, FileSource, SimulatedSource, SqlSource
from tasks.sources.delivery import Source
from tasks.sources.query_engine import QueryEngine


def open_source(settings: AssaySettings, root: Path) -> Source:
    """The project's source, ready to deliver.

    Args:
        settings: the project's settings.
        root: the project directory; relative paths start there.

    Raises:
        ConfigurationError: a file is missing, the URL is none of ours, or an environment variable that it names is
            not set.
    """
    if isinstance(settings.source, SimulatedSource):
        from tasks.sources.simulated import SimulatedPortfolio

        return SimulatedPortfolio(settings.source, settings.columns)
    from tasks.sources.query_source import QuerySource

    engine = _engine(settings.source, root.resolve())
    return QuerySource(engine, settings.columns, settings.model.protected_inputs)


def _engine(source: FileSource | SqlSource, root: Path) -> QueryEngine:
    from tasks.adapters.duckdb_query import DuckdbQuery

    if isinstance(source, FileSource):
        return DuckdbQuery.over_files(root, source.kind, source.path, source.query)
    from tasks.project.database_url import Database, read_url
    from tasks.sources.sql_query import SqlQuery

    url = read_url(source.url, root, os.environ)
    if url.database is Database.DUCKDB and url.file is not None:
        return DuckdbQuery.over_database(root, url.file, source.query)
    return SqlQuery(url, source.query)
