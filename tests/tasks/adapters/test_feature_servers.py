"""URLs of `[features]` as Feast wants them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.adapters.feature_servers import on_servers
from tasks.project.errors import ConfigurationError
from tasks.project.paths import Paths
from tasks.project.settings import FeaturesSection

URL = "postgresql+psycopg://feast:${FEAST_PASSWORD}@db.local:5433/online"


def test_without_urls_feature_store_yaml_says_where(tmp_path: Path):
    assert on_servers(Paths(tmp_path), None) == {}
    assert on_servers(Paths(tmp_path), FeaturesSection(service="s")) == {}


def test_a_url_is_taken_apart_and_its_password_filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FEAST_PASSWORD", "a:b@c")
    features = FeaturesSection(service="s", registry=URL, online_store=f"{URL}?sslmode=disable")
    servers = on_servers(Paths(tmp_path), features)
    assert servers["registry"]["registry_type"] == "sql"
    assert servers["registry"]["path"] == "postgresql+psycopg://feast:a%3Ab%40c@db.local:5433/online"
    assert servers["online_store"] == {
        "type": "postgres",
        "host": "db.local",
        "port": 5433,
        "database": "online",
        "user": "feast",
        "password": "a:b@c",
        "sslmode": "disable",
    }


def test_a_missing_variable_and_another_database_are_told_by_their_key(tmp_path: Path):
    with pytest.raises(ConfigurationError, match=r"features.registry: .*FEAST_PASSWORD"):
        on_servers(Paths(tmp_path), FeaturesSection(service="s", registry=URL))
    (tmp_path / "o.db").touch()
    with pytest.raises(ConfigurationError, match="features.online_store: expected postgresql"):
        on_servers(Paths(tmp_path), FeaturesSection(service="s", online_store="sqlite:///o.db"))
