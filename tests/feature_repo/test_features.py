"""The built-in project's features: Feast takes them, they match the feeds, and each has its plain words."""

from __future__ import annotations

import runpy
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from tasks.project.settings import load_settings
from tests.tasks.sources.portfolio import night, portfolio

ROOT = Path(__file__).parents[2]
REPO = ROOT / "feature_repo"


@pytest.fixture(scope="module")
def defined() -> dict[str, Any]:
    return runpy.run_path(str(REPO / "features.py"))


def views(defined: dict[str, Any]) -> list[Any]:
    return [defined[name] for name in ("applications", "bureau", "accounts")]


def test_feast_takes_the_definitions(defined: dict[str, Any], tmp_path: Path) -> None:
    """Applied to a registry of its own; the offline store plays no part in it."""
    from feast import FeatureStore, RepoConfig

    settings = yaml.safe_load((REPO / "feature_store.yaml").read_text()) | {
        "registry": str(tmp_path / "registry.db"),
        "online_store": {"type": "sqlite", "path": str(tmp_path / "online.db")},
        "offline_store": {"type": "duckdb"},
    }
    store = FeatureStore(config=RepoConfig(**settings, repo_path=REPO))
    store.apply(
        [defined[name] for name in ("application", "applicant", "derived", "credit_default_v1")] + views(defined)
    )
    service = store.get_feature_service(load_settings(ROOT).features.service)
    served = [f.name for projection in service.feature_view_projections for f in projection.features]
    assert len(served) == len(set(served)) == 21
    assert not any(name.endswith("_y") for name in served)


def test_each_view_serves_the_columns_of_its_feed_and_no_protected_one(defined: dict[str, Any]) -> None:
    delivery = portfolio().deliver(night("2025-06-02"))
    for view in views(defined):
        columns = set(delivery.table(view.name).columns) - {"event_timestamp", "created_timestamp"}
        assert {field.name for field in view.features} == columns - {view.entity_columns[0].name}
        assert view.entity_columns[0].name in load_settings(ROOT).columns.entities
        assert columns.isdisjoint(load_settings(ROOT).columns.protected)
        source = view.batch_source
        assert source.path == f"../.assay/warehouse/{view.name}"
        assert (source.timestamp_field, source.created_timestamp_column) == ("event_timestamp", "created_timestamp")


def test_no_value_of_a_clean_night_is_older_than_its_time_to_live(defined: dict[str, Any]) -> None:
    # The fifth of a month is the last day on which the snapshot of the month before the last can be the newest.
    for day in ("2025-08-05", "2025-03-02"):
        delivery = portfolio().deliver(night(day))
        for view in views(defined):
            table = delivery.table(view.name)
            newest = table.groupby(view.entity_columns[0].name)["event_timestamp"].max()
            assert delivery.table("rows")["event_timestamp"].max() - newest.min() < view.ttl
    assert defined["accounts"].ttl == timedelta(days=7)


def test_derived_features_are_right_and_missing_rather_than_infinite(defined: dict[str, Any]) -> None:
    inputs = pd.DataFrame(
        {
            "monthly_debt_payment": [300.0, 300.0, 300.0, np.nan, 300.0, 300.0],
            "amount": [6000.0] * 6,
            "term_months": [24.0, 24.0, 24.0, 24.0, 0.0, 24.0],
            "income": [2000.0, 0.0, np.nan, 2000.0, 2000.0, -5.0],
            "utilisation": [0.7, 0.2, np.nan, 0.5, 0.5, 0.5],
            "utilisation_30d_ago": [0.5, 0.5, 0.5, np.nan, 0.5, 0.5],
        },
        index=[5, 4, 3, 2, 1, 0],
    )
    derive = defined["derived"].feature_transformation.udf
    derived = derive(inputs)
    np.testing.assert_allclose(derived["debt_to_income"], [(300 + 250) / 2000] + [np.nan] * 5)
    np.testing.assert_allclose(derived["utilisation_change"], [0.2, -0.3, np.nan, np.nan, 0, 0])
    assert list(derived.index) == [5, 4, 3, 2, 1, 0]
    assert derive(inputs.head(0)).shape == (0, 2)
    assert derive(inputs.assign(income=None, utilisation=None)).isna().all(axis=None)


def test_every_feature_has_its_plain_words_and_nothing_else_has(defined: dict[str, Any]) -> None:
    phrases = tomllib.loads((REPO / "phrases.toml").read_text())
    served = {field.name for view in [*views(defined), defined["derived"]] for field in view.features}
    groups = phrases.pop("groups")
    assert set(phrases) == served
    for name, words in (*phrases.items(), *groups.items()):
        assert set(words) - {"group", "action"} == {"label", "raises", "lowers"}, name
        assert words["raises"] != words["lowers"]
