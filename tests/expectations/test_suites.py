"""The suites of the built-in project let a clean night through whole, and stop or set aside what is broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from tasks.adapters.expectation_suites import load_suites
from tasks.adapters.expectations import Suites, ValidatedTable, validate_table
from tasks.evidence.validation import Severity
from tasks.project.settings import Incident, SimulatedSource, load_settings
from tasks.sources.simulated import SimulatedPortfolio
from tests.tasks.sources.portfolio import night

ROOT = Path(__file__).parents[2]
TABLES = ("rows", "labels", "applications", "bureau", "accounts")


@pytest.fixture(scope="module")
def suites() -> Suites:
    return load_suites(ROOT / "expectations")


def validated(suites: Suites, day: str, *on: Incident, tables: tuple[str, ...] = TABLES) -> dict[str, ValidatedTable]:
    settings = load_settings(ROOT)
    source = SimulatedSource(kind="simulated", incidents=tuple(i.model_copy(update={"on": True}) for i in on))
    delivery = SimulatedPortfolio(source, settings.columns).deliver(night(day))
    landed = set(SimulatedPortfolio(source, settings.columns).deliver(night("2025-09-23")).table("rows")["row_key"])
    return {
        name: validate_table(suites, name, with_derived(delivery, name, landed), table_level=True) for name in tables
    }


def with_derived(delivery: Any, name: str, landed: set[str]) -> Any:
    frame = delivery.table(name)
    if name != "rows":
        return frame
    lag = (frame["arrived_timestamp"] - frame["event_timestamp"]) / pd.Timedelta(days=1)
    return frame.assign(delivery_lag_days=lag.astype("float64"), already_landed=frame["row_key"].isin(landed))


def declared(kind: str) -> Incident:
    """The incident as the project's own assay.toml declares it."""
    source = load_settings(ROOT).source
    assert isinstance(source, SimulatedSource)
    return next(incident for incident in source.incidents if incident.kind == kind)


def broken(table: ValidatedTable) -> set[tuple[str, str]]:
    return {(r.expectation.removeprefix("expect_"), r.column) for r in table.validation.results if not r.success}


@pytest.mark.parametrize("table", TABLES)
def test_every_expectation_of_the_file_is_in_the_suite_and_says_why(suites: Suites, table: str) -> None:
    written = yaml.safe_load((ROOT / "expectations" / f"{table}.yaml").read_text())["expectations"]
    suite = suites.of(table)
    assert suite is not None
    assert [e.kind for e in suite.expectations] == [e["type"] for e in written]
    assert all(expectation.reason for expectation in suite.expectations)
    assert any(expectation.severity is Severity.CRITICAL for expectation in suite.expectations)


# A Monday, a pay-day, the Sunday before Christmas, the first night, which has no labels yet, and the last.
@pytest.mark.parametrize("day", ["2025-06-02", "2025-08-25", "2024-12-22", "2024-01-01", "2025-12-31"])
def test_a_clean_night_breaks_nothing_and_loses_no_row(suites: Suites, day: str) -> None:
    for name, table in validated(suites, day).items():
        assert broken(table) == set(), name
        assert table.validation.quarantined == 0


def test_a_unit_error_halts_and_so_does_the_one_that_no_range_can_see(suites: Suites) -> None:
    for size in (100.0, 12.0):
        fault = declared("unit_error").model_copy(update={"size": size})
        table = validated(suites, "2025-11-04", fault, tables=("applications",))["applications"]
        assert [result.column for result in table.validation.critical] == ["income"]
        assert (table.validation.quarantined > 400) == (size == 100.0)


def test_a_flood_of_nulls_halts(suites: Suites) -> None:
    bureau = validated(suites, "2025-11-18", declared("null_flood"), tables=("bureau",))["bureau"]
    assert [result.column for result in bureau.validation.critical] == ["bureau_score"]


def test_rows_more_than_three_days_late_are_set_aside_and_the_night_goes_on(suites: Suites) -> None:
    rows = validated(suites, "2025-09-19", declared("late_delivery"), tables=("rows",))["rows"]
    assert broken(rows) == {("column_values_to_be_between", "delivery_lag_days")}
    assert not rows.validation.critical
    assert 0 < rows.validation.quarantined < 100
    assert (rows.quarantined["arrived_timestamp"] - rows.quarantined["event_timestamp"]).min() > pd.Timedelta(days=3)


def test_rows_that_came_before_are_set_aside_and_the_night_goes_on(suites: Suites) -> None:
    rows = validated(suites, "2025-09-24", declared("duplicate_delivery"), tables=("rows",))["rows"]
    assert broken(rows) == {("column_values_to_be_in_set", "already_landed")}
    assert not rows.validation.critical
    assert (rows.quarantined["event_timestamp"].dt.day == 23).all()
    assert (rows.valid["event_timestamp"].dt.day == 24).all()


def clean(name: str) -> Any:
    delivery = SimulatedPortfolio(SimulatedSource(kind="simulated"), load_settings(ROOT).columns).deliver(
        night("2025-06-02")
    )
    return with_derived(delivery, name, set())


def halts(suites: Suites, name: str, frame: Any) -> bool:
    return bool(validate_table(suites, name, frame, table_level=True).validation.critical)


@pytest.mark.parametrize("name", ["rows", "applications", "bureau", "accounts"])
def test_an_empty_table_or_a_missing_column_halts(suites: Suites, name: str) -> None:
    frame = clean(name)
    assert halts(suites, name, frame.head(0))
    assert halts(suites, name, frame.drop(columns=frame.columns[-1]))


def test_doubled_keys_halt(suites: Suites) -> None:
    for name in ("rows", "labels", "applications", "bureau", "accounts"):
        frame = clean(name)
        assert halts(suites, name, pd.concat([frame, frame.tail(1)], ignore_index=True)), name


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("rows", "origin", "D"),
        ("rows", "propensity", 0.0),
        ("labels", "label", 2),
        ("applications", "income", 2_400_000.0),
        ("applications", "amount", np.nan),
        ("applications", "purpose", "yacht"),
        ("bureau", "bureau_score", 0.0),
        ("bureau", "total_debt", -1.0),
        ("accounts", "utilisation", 43.0),
        ("bureau", "created_timestamp", pd.Timestamp("2020-01-01", tz="UTC")),
    ],
)
def test_one_broken_row_is_set_aside_alone(suites: Suites, name: str, column: str, value: Any) -> None:
    frame = clean(name)
    frame.loc[3, column] = value
    table = validate_table(suites, name, frame, table_level=True)
    assert not table.validation.critical
    assert (table.validation.valid, table.validation.quarantined) == (len(frame) - 1, 1)
