"""Feast's registry and online store in PostgreSQL: the URLs of `[features]` as Feast wants them."""

from __future__ import annotations

import os
from typing import Any

from tasks.project.database_url import Database, DatabaseUrl, read_url
from tasks.project.errors import ConfigurationError
from tasks.project.paths import Paths
from tasks.project.settings import FeaturesSection


def on_servers(paths: Paths, features: FeaturesSection | None) -> dict[str, Any]:
    """The keys of `feature_store.yaml` that URLs of `[features]` take the place of.

    Args:
        paths: the project.
        features: `[features]`; None names no server.

    Raises:
        ConfigurationError: a URL is not one of PostgreSQL, or an environment variable is missing.
    """
    servers: dict[str, Any] = {}
    if features is not None and features.registry:
        url = _read(paths, features.registry, "features.registry")
        # Read at every use: another machine may have applied other definitions.
        servers["registry"] = {"registry_type": "sql", "path": url.full, "cache_ttl_seconds": 0}
    if features is not None and features.online_store:
        servers["online_store"] = _online(_read(paths, features.online_store, "features.online_store"))
    return servers


def _read(paths: Paths, text: str, key: str) -> DatabaseUrl:
    url = read_url(text, paths.root, os.environ, key)
    if url.database is not Database.POSTGRESQL:
        fault = f"{key}: expected postgresql+psycopg://, received {url.database}; leave it empty for the project's file"
        raise ConfigurationError(str(paths.settings), [fault])
    return url


def _online(url: DatabaseUrl) -> dict[str, Any]:
    from sqlalchemy import make_url

    parts = make_url(url.full)
    return {
        "type": "postgres",
        "host": parts.host or "127.0.0.1",
        "port": parts.port or 5432,
        "database": parts.database or "",
        "user": parts.username or "",
        "password": parts.password or "",
        # Feast's own default refuses a server without certificates; the driver's default takes what there is.
        "sslmode": str(parts.query.get("sslmode", "prefer")),
    }
