"""Against the built-in project's own features, in Feast, over half a year of small simulated deliveries."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from tasks.adapters.feature_store import FeatureRepository, open_feature_store
from tasks.evidence.schema import FeatureSchema
from tasks.models.serving import FeatureRows, ServedModel
from tasks.models.trained_model import TrainedModel
from tasks.project.paths import Paths
from tasks.project.settings import load_settings
from tasks.project.windows import Windows
from tasks.sources.point_in_time import night_rows, training_rows
from tasks.sources.warehouse import Warehouse
from tests.tasks.models.gate_rows import served
from tests.tasks.models.samples import trained
from tests.tasks.sources.portfolio import night, portfolio
from tests.tasks.sources.stocked import ROOT, incident, stocked, windows

SETTINGS = load_settings(ROOT)
WINDOWS = windows("2024-06-26", "2024-01-01", test="2024-03-01_2024-03-28", matured="2024-03-01_2024-03-28")
#: Rows that arrive in the test window after an event before it.
LATE = incident("late_delivery", night("2024-02-25_2024-02-29"), 0.4)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, FeatureRepository]:
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "feature_repo", root / "feature_repo", ignore=shutil.ignore_patterns("__pycache__"))
    source = portfolio(LATE, rows_per_night=40)
    warehouse = stocked(root, source, night("2024-01-01_2024-06-25"), night("2024-06-26"))
    return warehouse, open_feature_store(Paths(root))


def schema(project: tuple[Warehouse, FeatureRepository]) -> FeatureSchema:
    return project[1].schema(SETTINGS.features.service)


@pytest.fixture(scope="module")
def model(project: tuple[Warehouse, FeatureRepository]) -> TrainedModel:
    """Whatever it learnt: only its inputs and windows are asked for here."""
    return replace(trained(rows=1200)[0], schema=schema(project))


def champion(model: TrainedModel, test_first: str) -> ServedModel:
    first = date.fromisoformat(test_first)
    moved = tuple(w.model_copy(update={"first": first}) if w.name == "test" else w for w in model.windows)
    return served(replace(model, windows=moved))


def events(data: FeatureRows) -> pd.Series:
    return data.rows["event_timestamp"]


def test_tonights_rows_have_the_champions_features(project: tuple[Warehouse, FeatureRepository], model: TrainedModel):
    warehouse, features = project
    batch = night_rows(warehouse, features, WINDOWS, champion(model, "2024-01-10")).batch
    pd.testing.assert_frame_equal(batch.rows, warehouse.rows(WINDOWS.batch))
    assert tuple(batch.features.columns) == model.schema.names
    forms = warehouse.delivery(WINDOWS.batch).table("applications").set_index("application_id")
    asked = forms["amount"].loc[batch.rows["application_id"]]
    assert batch.features["amount"].tolist() == asked.tolist()
    assert {lag.view for lag in batch.lags} == {"applications", "bureau", "accounts"}
    assert all(lag.after_event == 0 and lag.rows == len(batch.rows) for lag in batch.lags)


@pytest.mark.parametrize(
    ("test_first", "first"), [("2024-01-10", "2024-03-01"), ("2024-03-15", "2024-03-15"), ("2024-03-28", "2024-03-28")]
)
def test_matured_rows_from_before_the_champions_test_window_are_left_out(
    project: tuple[Warehouse, FeatureRepository], model: TrainedModel, test_first: str, first: str
):
    """By arrival and by event: it may have been trained on a row that came late."""
    matured = night_rows(*project, WINDOWS, champion(model, test_first)).matured
    assert events(matured).min().date() == date.fromisoformat(first)
    assert matured.rows["arrived_timestamp"].max() < pd.Timestamp(WINDOWS.matured.end)
    assert matured.rows["label"].isin([0.0, 1.0]).any()
    assert matured.rows["label"].isna().any()
    assert len(matured.features) == len(matured.rows)


def test_the_windows_rows_are_labelled_and_the_reference_is_all_of_the_test_window(
    project: tuple[Warehouse, FeatureRepository],
):
    data = training_rows(*project, WINDOWS, schema(project), None)
    assert data.champions is None
    assert data.own.rows["label"].isin([0.0, 1.0]).all()
    assert events(data.own).is_monotonic_increasing
    assert events(data.own).min().date() == WINDOWS.train.first
    tested = data.own.rows[events(data.own) >= pd.Timestamp(WINDOWS.test.start)]
    labelled = data.reference.rows[data.reference.rows["label"].notna()]
    assert labelled["row_key"].tolist() == tested["row_key"].tolist()
    assert len(labelled) < len(data.reference.rows)
    assert events(data.reference).min() >= pd.Timestamp(WINDOWS.test.start)
    assert tuple(data.own.features.columns) == tuple(data.reference.features.columns) == data.schema.names


def test_no_label_of_tomorrow_is_read(project: tuple[Warehouse, FeatureRepository]):
    """Seen from an earlier night, the same warehouse knows fewer outcomes."""
    early: Windows = replace(WINDOWS, batch=night("2024-05-15"))
    now, then = (training_rows(*project, each, schema(project), None).own.rows for each in (WINDOWS, early))
    known = project[0].labels(early.batch.end)
    assert set(then["row_key"]) == set(now["row_key"]) & set(known["row_key"])
    assert 0 < len(then) < len(now)


def test_a_champion_of_the_same_service_is_judged_on_the_very_same_rows(
    project: tuple[Warehouse, FeatureRepository], model: TrainedModel
):
    data = training_rows(*project, WINDOWS, schema(project), champion(model, "2024-01-10"))
    assert data.champions is data.own
