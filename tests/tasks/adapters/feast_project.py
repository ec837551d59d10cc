"""A small Feast project for the tests of the feature store, and an as-of rule written as a loop to judge it by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tasks.project.paths import Paths

START = pd.Timestamp("2024-03-01", tz="UTC")

YAML = """
project: lending
provider: local
registry: {path: ../.assay/feast/registry.db, enable_online_feature_view_versioning: true}
online_store: {type: sqlite, path: ../.assay/feast/online.db}
offline_store: {type: tasks.adapters.asof_store.AsofOfflineStore}
entity_key_serialization_version: 3
"""

ENTITIES = """
from feast import Entity, ValueType

customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.INT64)
branch = Entity(name="branch", join_keys=["branch_id"], value_type=ValueType.STRING)
"""

VIEWS = """
from datetime import timedelta

import pandas as pd
from feast import FeatureView, Field, FileSource, RequestSource
from feast.on_demand_feature_view import on_demand_feature_view
from feast.types import Bool, Float32, Float64, Int64, String

from .entities import branch, customer

application = FeatureView(
    name="application",
    entities=[customer],
    ttl=timedelta(0),
    schema=[Field(name="customer_id", dtype=Int64), Field(name="amount", dtype=Float64),
            Field(name="purpose", dtype=String)],
    source=FileSource(path="../data/application.parquet", timestamp_field="event_timestamp",
                      created_timestamp_column="created_timestamp"),
)
bureau = FeatureView(
    name="bureau",
    entities=[customer],
    ttl=timedelta(hours=6),
    schema=[Field(name="customer_id", dtype=Int64), Field(name="score", dtype=Float64),
            Field(name="loans", dtype=Int64), Field(name="flag", dtype=Bool)],
    source=FileSource(path="../data/bureau", timestamp_field="event_timestamp",
                      created_timestamp_column="created_timestamp"),
)
desk = FeatureView(
    name="desk",
    entities=[customer, branch],
    ttl=timedelta(0),
    schema=[Field(name="customer_id", dtype=Int64), Field(name="branch_id", dtype=String),
            Field(name="load", dtype=Float32)],
    source=FileSource(path="../data/desk.parquet", timestamp_field="at",
                      field_mapping={"load_raw": "load", "branch": "branch_id", "at_raw": "at"}),
)
market = FeatureView(
    name="market",
    entities=[],
    ttl=timedelta(0),
    schema=[Field(name="rate", dtype=Float64)],
    source=FileSource(path="../data/market.parquet", timestamp_field="event_timestamp",
                      created_timestamp_column="created_timestamp"),
)
asked = RequestSource(name="asked", schema=[Field(name="income", dtype=Float64)])


@on_demand_feature_view(sources=[application, asked], schema=[Field(name="burden", dtype=Float64)])
def burden(inputs: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"burden": inputs["amount"] / inputs["income"]})
"""

SERVICES = """
from feast import FeatureService

from .views import application, burden, bureau, desk, market

credit = FeatureService(name="credit_v1", features=[application, bureau, burden], tags={"owner": "risk"})
wide = FeatureService(name="credit_v2", features=[bureau[["score"]], market, burden, desk])
aliased = FeatureService(
    name="aliased",
    features=[desk.with_name("home_desk").with_join_key_map({"branch_id": "home_branch"}), application[["purpose"]]],
)
"""


def make_project(root: Path, yaml: str = YAML) -> Paths:
    """Write the definitions, and feature tables without a row."""
    repo = root / "feature_repo"
    repo.mkdir(parents=True)
    (repo / "feature_store.yaml").write_text(yaml)
    for name, text in {"entities": ENTITIES, "views": VIEWS, "services": SERVICES}.items():
        (repo / f"{name}.py").write_text(text)
    (root / "data" / "bureau").mkdir(parents=True)
    write_tables(root, Tables())
    return Paths(root)


@dataclass(frozen=True)
class Tables:
    """Rows of the feature tables as tuples; times are hours from the start, None is missing."""

    application: tuple = ()  # customer, event, created, amount, purpose
    bureau: tuple = ()  # customer, event, created, score, loans, flag
    desk: tuple = ()  # customer, branch, event, load
    market: tuple = ()  # event, created, rate
    bureau_files: int = 1


def instants(hours: Iterable[float | None]) -> pd.Series:
    """Hours from the start as canonical timestamps."""
    return pd.to_datetime(
        pd.Series([None if pd.isna(hour) else START + pd.Timedelta(hours=hour) for hour in hours]), utc=True
    ).astype("datetime64[us, UTC]")


def write_tables(root: Path, tables: Tables) -> None:
    """Write the feature tables; bureau's are dealt out over a number of files."""
    data = root / "data"
    application = _frame(
        tables.application, ["customer_id", "event_timestamp", "created_timestamp", "amount", "purpose"]
    )
    application.astype({"amount": float}).to_parquet(data / "application.parquet")
    for file in (data / "bureau").rglob("*.parquet"):
        file.unlink()
    for i in range(tables.bureau_files):
        rows = [row for j, row in enumerate(tables.bureau) if j * tables.bureau_files // len(tables.bureau) == i]
        bureau = _frame(rows, ["customer_id", "event_timestamp", "created_timestamp", "score", "loans", "flag"])
        night = data / "bureau" / f"night={i:02d}"
        night.mkdir(exist_ok=True)
        bureau.astype({"score": float, "loans": "Int64", "flag": "boolean"}).to_parquet(night / "part.parquet")
    desk = _frame(tables.desk, ["customer_id", "branch", "at_raw", "load_raw"])
    desk.astype({"load_raw": "float32"}).to_parquet(data / "desk.parquet")
    market = _frame(tables.market, ["event_timestamp", "created_timestamp", "rate"])
    market.astype({"rate": float}).to_parquet(data / "market.parquet")


def _frame(rows: Iterable[tuple], columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=columns).astype(object)
    for column in columns:
        if column in ("event_timestamp", "created_timestamp", "at_raw"):
            frame[column] = instants(frame[column].tolist())
        elif column == "customer_id":
            frame[column] = frame[column].astype("Int64")
        elif column in ("branch", "purpose"):
            frame[column] = frame[column].astype("string")
    return frame


def rows_frame(rows: Sequence[tuple]) -> pd.DataFrame:
    """Canonical rows from (customer, branch, hour, income)."""
    return pd.DataFrame(
        {
            "row_key": [f"r{i}" for i in range(len(rows))],
            "customer_id": pd.Series([row[0] for row in rows], dtype="Int64"),
            "branch_id": pd.Series([row[1] for row in rows], dtype=object),
            "home_branch": pd.Series([row[1] for row in rows], dtype=object),
            "event_timestamp": instants([row[2] for row in rows]),
            "income": pd.Series([row[3] for row in rows], dtype=float),
            # Named like a feature: only what is needed may reach Feast.
            "amount": pd.Series([-1.0] * len(rows), dtype=float),
        }
    )


def as_of(
    table: Sequence[tuple], key: tuple, at: float, *, keys: int, created: bool, ttl: float | None = None
) -> tuple | None:
    """The row of a table that a key is served with at an hour, by trying all of them; None without one."""
    best, best_rank = None, None
    for position, row in enumerate(table):
        event, made = row[keys], (row[keys + 1] if created else -1e9)
        if event is None or made is None or None in row[:keys] or tuple(row[:keys]) != tuple(key):
            continue
        if event > at or made > at or (ttl is not None and event < at - ttl):
            continue
        if best_rank is None or (event, made, position) > best_rank:
            best, best_rank = row, (event, made, position)
    return best
