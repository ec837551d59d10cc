"""`docs/sources.md` runs: every example is a valid section and delivers what it says from tables like it describes."""

from __future__ import annotations

import re
import sqlite3
import tomllib
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from tasks.project.calendar import Span
from tasks.project.settings import (
    ActionSection,
    AssaySettings,
    ColumnsSection,
    FeaturesSection,
    ProjectSection,
)
from tasks.sources.opening import open_source
from tasks.sources.query_source import QuerySource

PAGE = (Path(__file__).parents[1] / "docs" / "sources.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)

LOANS = pd.DataFrame(
    {
        "id": [1, 2],
        "customer": ["c1", "c2"],
        "branch": ["007", "012"],
        "applied_at": ["2024-01-01 10:00:00", "2024-01-02 10:00:00"],
        "closed_at": ["2024-01-01 11:00:00", None],
        "defaulted": [1, None],
        "income": [10.5, 20.0],
        "purpose": ["car", "-"],
        "sex": ["F", "M"],
        "decided_by": ["rule", "clerk"],
    }
).astype({"defaulted": "Int64"})


@pytest.fixture
def loans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project directory with the tables that the page speaks of, in every form."""
    import duckdb

    timed = LOANS.assign(
        applied_at=pd.to_datetime(LOANS["applied_at"]).astype("datetime64[us]"),
        closed_at=pd.to_datetime(LOANS["closed_at"]).astype("datetime64[us]"),
    )
    (tmp_path / "loans" / "2024").mkdir(parents=True)
    timed.to_parquet(tmp_path / "loans" / "2024" / "01.parquet")
    LOANS.to_csv(tmp_path / "loans.csv", index=False)
    with sqlite3.connect(tmp_path / "loans.db") as connection:
        LOANS.to_sql("loans", connection, index=False)
        LOANS[["customer"]].to_sql("customers", connection, index=False)
    connection.close()
    with duckdb.connect(str(tmp_path / "loans.duckdb")) as database:
        database.register("frame", timed)
        database.execute("CREATE TABLE loans AS SELECT * FROM frame")
    monkeypatch.setenv("LOANS_PASSWORD", "secret")
    return tmp_path


def _settings(example: str) -> AssaySettings:
    return AssaySettings.model_validate(
        {
            **tomllib.loads(example),
            "project": ProjectSection(name="loans", title="Loans", outcome="default"),
            "features": FeaturesSection(service="loans_v1"),
            "action": ActionSection(at_or_above="refuse", below="approve", favourable="below", threshold=0.5),
        }
    )


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_delivers(loans: Path, number: int) -> None:
    settings = _settings(EXAMPLES[number])
    source = open_source(settings, loans)
    assert isinstance(source, QuerySource)
    if "postgresql" in EXAMPLES[number]:
        return  # read from a server in `tests/tasks/sources/test_query_source.py`
    assert (source.first(), source.last()) == (date(2024, 1, 1), date(2024, 1, 2))
    delivered = source.deliver(Span(date(2024, 1, 1), date(2024, 1, 1)))
    assert delivered.table("rows")["row_key"].tolist() == ["1"]
    assert delivered.table("labels")["label"].tolist() == [1]
    assert delivered.table("features")[["income", "purpose"]].to_numpy().tolist() == [[10.5, "car"]]
    if "branch" in settings.columns.entities:
        assert delivered.table("rows")["branch"].tolist() == ["007"]


def test_every_kind_of_source_has_an_example() -> None:
    assert len(EXAMPLES) == 5
    for sign in ('"parquet"', '"csv"', "sqlite:///", "duckdb:///", "postgresql+psycopg://"):
        assert any(sign in example for example in EXAMPLES)


def test_every_role_is_in_the_table() -> None:
    for role in ColumnsSection.model_fields:
        assert f"| `{role}` |" in PAGE
