from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.project.paths import Paths
from tasks.sources.delivery import LABELS, Delivery, Table
from tasks.sources.labelled import only_labelled, out_of_time, with_labels
from tasks.sources.warehouse import Warehouse
from tests.tasks.sources.examples import all_valid, delivery, span
from tests.tasks.sources.portfolio import night, portfolio
from tests.tasks.sources.stocked import incident, stocked

SOURCE = portfolio(rows_per_night=60)
HISTORY = night("2024-01-01_2024-05-31")
WINDOW = night("2024-01-08_2024-02-18")
DELIVERED = SOURCE.deliver(HISTORY).table("labels").set_index("row_key")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return stocked(
        tmp_path_factory.mktemp("project"), SOURCE, night("2024-01-01_2024-03-31"), night("2024-04-01_2024-05-31")
    )


def moments() -> st.SearchStrategy[datetime]:
    """Any moment, and above all those at which a label becomes known, just before and just after."""
    at = st.sampled_from([moment.to_pydatetime() for moment in DELIVERED["outcome_timestamp"]])
    beside = st.sampled_from([timedelta(microseconds=step) for step in (-1, 0, 1)])
    any_day = st.integers(0, HISTORY.days).map(lambda days: HISTORY.start + timedelta(days=days))
    return st.one_of(any_day, st.builds(lambda moment, step: moment + step, at, beside))


@settings(max_examples=25, deadline=None)
@given(until=moments())
def test_no_label_known_at_or_after_the_moment_is_ever_read(warehouse: Warehouse, until: datetime):
    rows = with_labels(warehouse, WINDOW, until)
    known = DELIVERED[DELIVERED["outcome_timestamp"] < until]["label"]
    np.testing.assert_array_equal(rows["label"], known.reindex(rows["row_key"]).astype(float))
    pd.testing.assert_frame_equal(rows.drop(columns="label"), warehouse.rows(WINDOW))
    labelled = only_labelled(rows)
    pd.testing.assert_frame_equal(labelled, rows[rows["label"].isin([0.0, 1.0])].reset_index(drop=True))


def test_rows_without_a_label_are_nan_as_refused_applications_are_for_ever(warehouse: Warehouse):
    rows = with_labels(warehouse, WINDOW, HISTORY.end)
    assert rows["label"].dtype == np.float64
    refused = rows["approval"] == "refused"
    assert refused.any()
    assert rows["label"][refused].isna().all()
    assert rows["label"][~refused].notna().mean() > 0.9


def test_before_any_label_is_known_every_row_is_there_and_none_is_labelled(warehouse: Warehouse):
    assert with_labels(warehouse, WINDOW, WINDOW.start)["label"].isna().all()
    nothing = only_labelled(with_labels(warehouse, WINDOW, WINDOW.start))
    assert nothing.empty
    assert "label" in nothing.columns


def test_of_two_labels_of_a_row_the_newest_that_is_known_counts(tmp_path: Path):
    warehouse = Warehouse(Paths(tmp_path))
    first, second = delivery(span(0)), delivery(span(1))
    corrected = first.table(LABELS).assign(
        label=lambda frame: (1 - frame["label"]).astype("int8"),
        outcome_timestamp=lambda frame: frame["outcome_timestamp"] + pd.Timedelta(days=1),
    )
    second = Delivery(second.span, tuple(Table(t.name, corrected) if t.name == LABELS else t for t in second.tables))
    for delivered in (first, second):
        warehouse.land(delivered)
        warehouse.admit(delivered.span, all_valid(delivered))
    early, late = (with_labels(warehouse, span(0), span(0, day).end) for day in (0, 1))
    assert early["row_key"].tolist() == late["row_key"].tolist()
    assert (early["label"] + late["label"] == 1).all()
    assert len(late) == len(warehouse.rows(span(0)))


def test_a_late_row_is_not_out_of_time_though_it_arrived_in_the_window(tmp_path: Path):
    events = night("2024-01-08_2024-01-14")
    late = incident("late_delivery", events, 0.4)
    window = night("2024-01-15_2024-01-21")
    warehouse = stocked(tmp_path, portfolio(late, rows_per_night=60), night("2024-01-01_2024-01-31"))
    rows = with_labels(warehouse, window, window.end)
    kept = out_of_time(rows, window)
    assert len(kept) < len(rows)
    assert kept["event_timestamp"].min() >= window.start
    left_out = rows[~rows["row_key"].isin(kept["row_key"])]
    assert (left_out["event_timestamp"] < window.start).all()
