from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from tasks.project.calendar import Span
from tasks.project.errors import ConfigurationError
from tasks.project.settings import (
    ActionSection,
    AssaySettings,
    ColumnsSection,
    FeaturesSection,
    ModelSection,
    ProjectSection,
    SourceSection,
)
from tasks.sources.opening import open_source

RAW = "row_key,person,event_timestamp,label,sex,income\nr1,a,2024-01-01 10:00:00,1,F,10\nr2,b,2024-01-02,0,M,20.5\n"
QUERY = "SELECT * FROM raw"


def _settings(source: dict[str, object], protected_inputs: tuple[str, ...] = ()) -> AssaySettings:
    return AssaySettings(
        project=ProjectSection(name="credit", title="Credit", outcome="default"),
        source=TypeAdapter(SourceSection).validate_python(source),
        columns=ColumnsSection(entities=("person",), protected=("sex",)),
        features=FeaturesSection(service="credit_v1"),
        model=ModelSection(protected_inputs=protected_inputs),
        action=ActionSection(at_or_above="refuse", below="approve", favourable="below", threshold=0.5),
    )


def _duckdb_file(root: Path) -> None:
    import duckdb

    (root / "raw.csv").write_text(RAW)
    with duckdb.connect(str(root / "raw.duckdb")) as connection:
        connection.execute(f"CREATE TABLE raw AS SELECT * FROM read_csv('{root / 'raw.csv'}')")  # noqa: S608


@pytest.mark.parametrize(
    "source",
    [
        {"kind": "csv", "path": "raw.csv", "query": QUERY},
        {"kind": "sql", "url": "duckdb:///raw.duckdb", "query": QUERY},
        {"kind": "sql", "url": "duckdb:///${FILE}", "query": QUERY},
    ],
)
def test_a_source_is_opened_where_the_project_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: dict[str, object]
) -> None:
    """Not where the command was called; and it knows the protected inputs."""
    _duckdb_file(tmp_path)
    monkeypatch.setenv("FILE", "raw.duckdb")
    opened = open_source(_settings(source, ("sex",)), tmp_path)
    assert (opened.first(), opened.last()) == (date(2024, 1, 1), date(2024, 1, 2))
    delivered = opened.deliver(Span(date(2024, 1, 1), date(2024, 1, 1)))
    assert delivered.table("rows")["row_key"].tolist() == ["r1"]
    assert delivered.table("features")["sex"].tolist() == ["F"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ({"kind": "csv", "path": "never.csv", "query": QUERY}, "source.path"),
        ({"kind": "parquet", "path": "*.parquet", "query": QUERY}, "source.path"),
        ({"kind": "sql", "url": "sqlite:///never.db", "query": QUERY}, "source.url"),
        ({"kind": "sql", "url": "mysql://host/db", "query": QUERY}, "source.url"),
        ({"kind": "sql", "url": "postgresql+psycopg://u:${NO_SUCH_SECRET}@h/d", "query": QUERY}, "NO_SUCH_SECRET"),
    ],
)
def test_what_is_not_there_is_a_fault_of_the_configuration(
    tmp_path: Path, source: dict[str, object], told: str
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        open_source(_settings(source), tmp_path)


def test_the_simulated_portfolio_is_opened(tmp_path: Path) -> None:
    settings = _settings({"kind": "simulated", "rows_per_night": 5})
    columns = ColumnsSection(entities=("application_id", "applicant_id"), protected=("sex",))
    opened = open_source(settings.model_copy(update={"columns": columns}), tmp_path)
    assert opened.first() == date(2024, 1, 1)


def test_a_real_file_of_this_machine(tmp_path: Path) -> None:
    """Seattle's stops, as their own project reads them: dirty values are the query's business."""
    shared = Path(__file__).parents[4] / "shared" / "data" / "seattle_terry_stops"
    if not shared.is_dir():
        pytest.skip("the shared data is not beside this checkout")
    query = """
        SELECT row_number() OVER () AS row_key, "GO / SC Num" AS person,
          CAST(CAST("Reported Date" AS TIMESTAMP) AS DATE) + CAST("Reported Time" AS TIME) AS event_timestamp,
          CAST("Stop Resolution" = 'Arrest' AS INT) AS label, "Subject Perceived Gender" AS sex,
          nullif("Weapon Type", '-') AS weapon, TRY_CAST("Officer YOB" AS INT) AS officer_born
        FROM raw
    """
    settings = _settings({"kind": "parquet", "path": f"{shared}/*.parquet", "query": query})
    year = open_source(settings, tmp_path).deliver(Span(date(2018, 1, 1), date(2018, 12, 31)))
    assert year.table("labels")["label"].mean() == pytest.approx(0.274, abs=0.0005)
    assert len(year.table("features")) == len(year.table("rows"))
