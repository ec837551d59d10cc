from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from tasks.adapters.expectations import Suites, load_suites
from tasks.project.errors import DataUnfit
from tasks.project.paths import Paths
from tasks.sources.admission import LAG, SEEN, admit, land
from tasks.sources.warehouse import Warehouse
from tests.tasks.sources.portfolio import night, nights_of, portfolio
from tests.tasks.sources.stocked import ROOT, incident, windows

#: A Wednesday, with two nights of history.
NIGHT = windows("2024-06-12", "2024-06-10")
WEDNESDAY = NIGHT.batch
TUESDAY = night("2024-06-11")
_, NIGHTS = nights_of("2024-06-10", 3)
EACH = tuple(NIGHTS)


@pytest.fixture(scope="module")
def suites() -> Suites:
    """The expectations on rows and on the form alone, which take half of the time."""
    every = load_suites(Paths(ROOT).expectations)
    return Suites(tuple(suite for suite in every.suites if suite.table in {"rows", "applications"}), every.digest)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(Paths(tmp_path))


def test_the_history_is_landed_in_pieces_and_the_batch_by_itself(warehouse: Warehouse):
    long = windows("2024-07-20", "2024-01-01")
    landed = land(portfolio(rows_per_night=5), warehouse, long)
    assert landed == warehouse.landed()
    assert landed[-1] == long.batch
    assert len(landed) == 3
    assert max(span.days for span in landed) <= 184
    assert landed[0].first == date(2024, 1, 1)
    assert all(after.first - before.last == timedelta(days=1) for before, after in pairwise(landed))


def test_what_is_admitted_is_not_delivered_again(warehouse: Warehouse, suites: Suites):
    source = portfolio(rows_per_night=80)
    assert land(source, warehouse, NIGHT) == EACH
    assert not admit(warehouse, suites, NIGHT).halts
    assert warehouse.admitted() == EACH
    assert land(source, warehouse, NIGHT) == ()
    before = warehouse.digests(NIGHT.history)
    assert not admit(warehouse, suites, NIGHT).halts
    assert warehouse.digests(NIGHT.history) == before


def test_batches_that_halt_are_not_admitted_until_the_source_is_mended(warehouse: Warehouse, suites: Suites):
    """Ten rows are a broken feed, tonight and on the nights that were missed before."""
    land(portfolio(rows_per_night=10), warehouse, NIGHT)
    halts = admit(warehouse, suites, NIGHT).halts
    assert [halt.split(": ")[0] for halt in halts] == ["rows", "applications"]
    assert warehouse.admitted() == ()
    assert warehouse.unadmitted(NIGHT.history) == EACH
    assert warehouse.rows(WEDNESDAY).empty
    mended = portfolio(rows_per_night=80)
    assert land(mended, warehouse, NIGHT) == EACH
    assert admit(warehouse, suites, NIGHT).halts == ()
    assert warehouse.admitted() == EACH
    assert set(warehouse.rows(WEDNESDAY)["row_key"]) == set(mended.deliver(WEDNESDAY).table("rows")["row_key"])


def test_an_earlier_batch_that_halts_stays_out_and_does_not_halt_tonight(warehouse: Warehouse, suites: Suites):
    broken = incident("unit_error", TUESDAY, 1000)
    land(portfolio(broken, rows_per_night=80), warehouse, NIGHT)
    assert admit(warehouse, suites, NIGHT).halts == ()
    assert warehouse.unadmitted(NIGHT.history) == (TUESDAY,)
    assert WEDNESDAY in warehouse.admitted()
    assert warehouse.rows(TUESDAY).empty


def test_a_long_history_is_not_held_to_the_volume_of_one_night(warehouse: Warehouse, suites: Suites):
    """Its pieces are admitted; tonight's batch, as small, is not."""
    long = windows("2024-06-12", "2024-05-13")
    land(portfolio(rows_per_night=10), warehouse, long)
    assert admit(warehouse, suites, long).halts
    assert warehouse.admitted() == (night("2024-05-13_2024-06-11"),)


def test_a_batch_of_which_every_row_is_set_aside_is_unfit(warehouse: Warehouse, tmp_path: Path):
    """Each row alone is only a warning; no row at all is no night."""
    expectation = (
        "{type: expect_column_values_to_be_between, severity: warning, kwargs: {column: propensity, min_value: 2}}"
    )
    (tmp_path / "rows.yaml").write_text(f"name: rows\nexpectations:\n  - {expectation}\n")
    land(portfolio(rows_per_night=80), warehouse, NIGHT)
    with pytest.raises(DataUnfit, match="valid rows in the batch 2024-06-12"):
        admit(warehouse, load_suites(tmp_path), NIGHT)
    assert WEDNESDAY not in warehouse.admitted()


def test_rows_that_came_too_late_are_set_aside_with_their_reason_and_counted(warehouse: Warehouse, suites: Suites):
    events = night("2024-06-05_2024-06-11")
    source = portfolio(incident("late_delivery", events, 0.4), rows_per_night=80)
    land(source, warehouse, NIGHT)
    rows = admit(warehouse, suites, NIGHT).tables[0]
    came = source.deliver(WEDNESDAY).table("rows")
    late = (came["arrived_timestamp"] - came["event_timestamp"]).dt.total_seconds() > 3 * 86400
    assert late.any()
    assert (rows.rows, rows.quarantined) == (len(came), late.sum())
    aside, kept = warehouse.quarantined("rows", WEDNESDAY), warehouse.rows(WEDNESDAY)
    assert set(aside["row_key"]) == set(came["row_key"][late])
    assert set(kept["row_key"]) == set(came["row_key"][~late])
    assert aside["reason"].str.contains(LAG).all()
    assert not {LAG, SEEN} & {*aside.columns, *kept.columns}, "what was derived for the expectations is not kept"


def test_the_second_copy_of_last_nights_rows_is_set_aside(warehouse: Warehouse, suites: Suites):
    source = portfolio(incident("duplicate_delivery", WEDNESDAY, 1.0), rows_per_night=80)
    before = windows("2024-06-11", "2024-06-10")
    land(source, warehouse, before)
    admit(warehouse, suites, before)
    land(source, warehouse, NIGHT)
    rows = admit(warehouse, suites, NIGHT).tables[0]
    first = set(warehouse.rows(TUESDAY)["row_key"])
    aside = warehouse.quarantined("rows", WEDNESDAY)
    assert rows.quarantined == len(first) > 0
    assert set(aside["row_key"]) == first
    assert aside["reason"].str.contains(SEEN).all()
    assert warehouse.rows(NIGHT.history)["row_key"].is_unique


def test_a_night_inside_an_earlier_backfill_is_validated_from_it(warehouse: Warehouse, suites: Suites, tmp_path: Path):
    source = portfolio(rows_per_night=80)
    later, again = windows("2024-06-20", "2024-05-20"), windows("2024-06-12", "2024-05-20")
    land(source, warehouse, later)
    admit(warehouse, suites, later)
    admitted = warehouse.admitted()
    assert land(source, warehouse, again) == ()
    inside = admit(warehouse, suites, again)
    alone = Warehouse(Paths(tmp_path / "alone"))
    land(source, alone, NIGHT)
    expected = admit(alone, suites, NIGHT)
    assert inside.tables[:2] == expected.tables[:2], "rows and labels of the night, judged as if they came alone"
    assert inside.halts == ()
    assert warehouse.admitted() == admitted


def test_a_file_that_came_twice_in_a_long_history_counts_once(warehouse: Warehouse, suites: Suites, tmp_path: Path):
    twice = night("2024-06-05")
    source = portfolio(incident("duplicate_delivery", twice, 1.0), rows_per_night=80)
    long = windows("2024-06-12", "2024-05-13")
    land(source, warehouse, long)
    admit(warehouse, suites, long)
    kept = warehouse.rows(night("2024-06-04_2024-06-05"))
    clean = portfolio(rows_per_night=80).deliver(night("2024-06-04_2024-06-05")).table("rows")
    assert set(kept["row_key"]) == set(clean["row_key"])
    assert kept["row_key"].is_unique
    forms = pd.read_parquet(tmp_path / ".assay" / "warehouse" / "applications")
    assert set(clean["row_key"]) <= set(forms["application_id"])
