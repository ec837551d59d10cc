"""A column that is not what its feature view declares is refused before anything is admitted, and can be mended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from tasks.adapters.expectations import load_suites
from tasks.adapters.feature_store import DeclaredFeature, open_feature_store
from tasks.evidence.schema import Kind
from tasks.project.calendar import Calendar, Every, Span
from tasks.project.errors import DataUnfit
from tasks.project.paths import Paths
from tasks.project.settings import ColumnsSection
from tasks.project.windows import Windows
from tasks.sources.admission import admit, land
from tasks.sources.declared_types import require_declared_types
from tasks.sources.delivery import Delivery
from tasks.sources.query_source import QuerySource
from tasks.sources.warehouse import Warehouse
from tests.tasks.sources.examples import all_valid, delivery, span

DAYS = Span(date(2024, 1, 1), date(2024, 1, 3))
WINDOWS = Windows(
    batch=Span(DAYS.last, DAYS.last), matured=DAYS, test=DAYS, train=DAYS, history=DAYS, calendar=Calendar(Every.DAY)
)

DEFINITIONS = """
from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.types import Float64, String

loan = Entity(name="loan", join_keys=["loan_id"], value_type=ValueType.STRING)
table = FileSource(path="../.assay/warehouse/features", timestamp_field="event_timestamp",
                   created_timestamp_column="created_timestamp", field_mapping={"job_title": "job"})
form = FeatureView(name="form", entities=[loan], ttl=timedelta(0), source=table,
                   schema=[Field(name="income", dtype=Float64), Field(name="job", dtype=String)])
service = FeatureService(name="loans_v1", features=[form])
"""
ROWS = """
name: rows
expectations:
  - {type: expect_table_row_count_to_be_between, severity: critical, kwargs: {min_value: 1}}
"""
PLAIN = "SELECT id AS row_key, id AS loan_id, applied AS event_timestamp, bad AS label, income, job_title FROM raw"


@dataclass(frozen=True)
class Project:
    root: Path
    warehouse: Warehouse

    @property
    def declared(self) -> tuple[DeclaredFeature, ...]:
        return open_feature_store(Paths(self.root)).declared("loans_v1")

    def validate(self, query: str) -> None:
        """Land and admit as a night does."""
        from tasks.adapters.duckdb_query import DuckdbQuery

        engine = DuckdbQuery.over_files(self.root, "csv", "loans.csv", query)
        land(QuerySource(engine, ColumnsSection(entities=("loan_id",))), self.warehouse, WINDOWS)
        require_declared_types(Paths(self.root), self.warehouse, self.declared, DAYS)
        admit(self.warehouse, load_suites(self.root / "expectations"), WINDOWS)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for folder, file, text in (
        ("feature_repo", "feature_store.yaml", "project: loans\n"),
        ("feature_repo", "features.py", DEFINITIONS),
        ("expectations", "rows.yaml", ROWS),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / file).write_text(text)
    return Project(tmp_path, Warehouse(Paths(tmp_path)))


def write(project: Project, odd_cell: str) -> None:
    """Thirty loans over three days; every tenth income is the odd cell."""
    lines = [
        f"L{i},2024-01-0{i % 3 + 1} 10:00:00,{i % 2},{odd_cell if i % 10 == 0 else 1000 + i},clerk" for i in range(30)
    ]
    (project.root / "loans.csv").write_text("\n".join(["id,applied,bad,income,job_title", *lines]) + "\n")


@pytest.mark.parametrize("odd_cell", ["n/k", "inf"])
def test_a_text_column_for_a_declared_number_is_refused_and_nothing_is_admitted(project: Project, odd_cell: str):
    write(project, odd_cell)
    with pytest.raises(DataUnfit) as refused:
        project.validate(PLAIN)
    said = str(refused.value)
    assert "feature 'income' (view 'form'): expected numbers (Float64), received text" in said
    assert "TRY_CAST(income AS DOUBLE) AS income" in said
    assert odd_cell not in said
    assert "job" not in said
    assert project.warehouse.admitted() == ()


def test_after_the_query_is_mended_the_night_goes_on(project: Project):
    write(project, "n/k")
    with pytest.raises(DataUnfit):
        project.validate(PLAIN)
    project.validate(PLAIN.replace("income", "TRY_CAST(income AS DOUBLE) AS income"))
    assert project.warehouse.admitted() == (Span(date(2024, 1, 1), date(2024, 1, 1)), *_days(2, 3))
    features = pd.read_parquet(project.root / ".assay" / "warehouse" / "features")
    assert (features["income"].dtype, int(features["income"].isna().sum())) == ("float64", 3)


def test_infinity_that_is_cast_to_a_number_is_refused(project: Project):
    write(project, "inf")
    with pytest.raises(DataUnfit, match="'income': expected finite numbers or null, received infinity in 1 rows"):
        project.validate(PLAIN.replace("income", "TRY_CAST(income AS DOUBLE) AS income"))
    assert project.warehouse.admitted() == ()


def test_infinity_in_a_column_of_numbers_is_refused(project: Project):
    write(project, "5")
    with pytest.raises(DataUnfit, match="'income': expected finite numbers or null, received infinity"):
        project.validate(PLAIN.replace("income", "income / CAST(income <> 5 AS DOUBLE) AS income"))
    assert project.warehouse.admitted() == ()


def feature(name: str, kind: Kind, paths: Paths, table: str = "features") -> DeclaredFeature:
    declared = {Kind.NUMERIC: "Float64", Kind.CATEGORICAL: "String"}[kind]
    return DeclaredFeature(name, "form", (paths.warehouse / table).resolve(), name, declared, kind)


def landed(tmp_path: Path, delivered: Delivery) -> tuple[Paths, Warehouse]:
    paths = Paths(tmp_path)
    warehouse = Warehouse(paths)
    warehouse.land(delivered)
    return paths, warehouse


def test_every_fault_is_told_at_once_and_a_missing_column_is_one(tmp_path: Path):
    """`income` is delivered as numbers, `job` as text; there is no `age`."""
    paths, warehouse = landed(tmp_path, delivery(span(0)))
    expected = {"income": Kind.CATEGORICAL, "job": Kind.NUMERIC, "age": Kind.NUMERIC}
    declared = [feature(name, kind, paths) for name, kind in expected.items()]
    with pytest.raises(DataUnfit) as refused:
        require_declared_types(paths, warehouse, declared, span(0))
    said = str(refused.value)
    assert "'income' (view 'form'): expected text (String), received numbers; say CAST(income AS VARCHAR)" in said
    assert "'job' (view 'form'): expected numbers (Float64), received text" in said
    assert "in the column 'age' of 'features', received no such column" in said


def test_what_is_as_declared_or_is_no_table_of_the_warehouse_is_no_fault(tmp_path: Path):
    paths, warehouse = landed(tmp_path, delivery(span(0)))
    declared = [feature("income", Kind.NUMERIC, paths), feature("job", Kind.CATEGORICAL, paths)]
    declared += [feature("rate", Kind.NUMERIC, paths, table="elsewhere")]
    require_declared_types(paths, warehouse, declared, span(0))


def test_numbers_without_a_value_are_no_fault_where_text_is_declared(tmp_path: Path):
    """SQLite has no type for a column in which there is nothing yet."""
    came = delivery(span(0))
    came.table("features")["income"] = float("nan")
    paths, warehouse = landed(tmp_path, came)
    require_declared_types(paths, warehouse, [feature("income", Kind.CATEGORICAL, paths)], span(0))


def test_what_is_admitted_already_is_not_judged_again(tmp_path: Path):
    came = delivery(span(0))
    paths, warehouse = landed(tmp_path, came)
    warehouse.admit(span(0), all_valid(came))
    require_declared_types(paths, warehouse, [feature("job", Kind.NUMERIC, paths)], span(0))


def _days(*days: int) -> tuple[Span, ...]:
    return tuple(Span(date(2024, 1, day), date(2024, 1, day)) for day in days)
