from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from tasks.evidence.profile import merge_all
from tasks.evidence.profiling import make_binning
from tasks.explain.attribution import attribute
from tasks.models.explaining import ExplainedRows
from tasks.models.profiles import profile_batches, profile_night, profile_rows
from tasks.models.serving import FeatureRows, NightRows, NightScores
from tasks.models.trained_model import TrainedModel
from tasks.project.calendar import Calendar, Every, Span
from tasks.project.settings import ColumnsSection
from tests.tasks.evidence.test_profiling import assert_equal
from tests.tasks.models.gate_rows import feature_rows
from tests.tasks.models.samples import trained

COLUMNS = ColumnsSection(entities=("key",), protected=("sex",))
DATA = feature_rows(700, unlabelled=0.3)
YEAR = Span(date(2024, 1, 1), date(2024, 6, 30))


@pytest.fixture(scope="module")
def bare() -> TrainedModel:
    return trained(rows=1500)[0]


@pytest.fixture(scope="module")
def attributions(bare: TrainedModel) -> np.ndarray:
    """Of every second row."""
    values = attribute(bare.pipeline, bare.schema, DATA.features, seed=0).values.copy()
    values[::2] = np.nan
    return values


@pytest.fixture(scope="module")
def model(bare: TrainedModel, attributions: np.ndarray) -> TrainedModel:
    score = bare.score(DATA.features)
    binning = make_binning(
        DATA.features, score, attributions[1::2], DATA.rows[list(COLUMNS.protected)], bare.schema, bare.threshold,
        minimum_group=30,
    )  # fmt: skip
    return replace(bare, binning=binning)


def batches(model: TrainedModel, data: FeatureRows, attributions: np.ndarray, every: Every, window: Span) -> tuple:
    score = model.score(data.features)
    return profile_batches(model, data, score, attributions, COLUMNS, Calendar(every), window)


@pytest.mark.parametrize("every", list(Every))
def test_the_profiles_of_the_batches_add_up_to_the_profile_of_all_rows(
    model: TrainedModel, attributions: np.ndarray, every: Every
):
    made = batches(model, DATA, attributions, every, YEAR)
    whole = profile_rows(model, DATA, model.score(DATA.features), attributions, COLUMNS, matured=True)
    assert_equal(merge_all(made), whole)
    assert (whole.rows, whole.attributed) == (700, 350)
    assert whole.labelled == DATA.rows["label"].notna().sum()


def test_there_is_one_profile_a_batch_in_order_of_time(model: TrainedModel, attributions: np.ndarray):
    made = batches(model, DATA, attributions, Every.MONTH, YEAR)
    assert [profile.first_event.month for profile in made] == [1, 2, 3, 4, 5, 6]
    assert [profile.last_event.month for profile in made] == [1, 2, 3, 4, 5, 6]


def test_a_batch_without_rows_has_no_profile(model: TrainedModel, attributions: np.ndarray):
    closed = DATA.rows["event_timestamp"].dt.month.isin([2, 4]).to_numpy()
    made = batches(model, DATA.take(~closed), attributions[~closed], Every.MONTH, YEAR)
    assert [profile.first_event.month for profile in made] == [1, 3, 5, 6]
    nothing = Span(date(2020, 1, 1), date(2020, 3, 31))
    assert batches(model, DATA, attributions, Every.MONTH, nothing) == ()


def test_a_row_belongs_to_the_batch_in_which_it_arrived(model: TrainedModel, attributions: np.ndarray):
    late = DATA.rows.assign(arrived_timestamp=DATA.rows["event_timestamp"] + timedelta(days=31))
    made = batches(model, replace(DATA, rows=late), attributions, Every.MONTH, Span(date(2024, 2, 1), YEAR.last))
    assert made[0].first_event.month == 1
    assert sum(profile.rows for profile in made) == (late["arrived_timestamp"] < YEAR.end).sum()


def test_rows_without_the_column_of_labels_are_unlabelled(model: TrainedModel):
    tonight = replace(DATA, rows=DATA.rows.drop(columns="label"))
    made = profile_rows(model, tonight, model.score(tonight.features), None, COLUMNS, matured=False)
    assert (made.rows, made.labelled, made.attributed) == (700, 0, 0)


def test_a_model_without_edges_cannot_be_profiled(bare: TrainedModel):
    with pytest.raises(ValueError, match="evaluate it first"):
        profile_rows(bare, DATA, bare.score(DATA.features), None, COLUMNS, matured=False)


@pytest.mark.parametrize("matured", [0, 40])
def test_a_night_without_matured_labels_has_no_labelled_profile(
    model: TrainedModel, attributions: np.ndarray, matured: int
):
    old = feature_rows(1000, seed=8).take(np.arange(matured))
    scores = NightScores(model.score(DATA.features), model.score(old.features))
    explained = ExplainedRows(DATA, scores.batch, scores.batch > 1, attributions, DATA.rows)
    made = profile_night(model, NightRows(DATA, old), scores, explained, COLUMNS, None)
    assert (made.tonight.rows, made.tonight.attributed) == (700, 350)
    assert (made.labelled.labelled if made.labelled else 0) == matured
    assert (made.labelled is None) == (matured == 0)


def test_rows_whose_label_never_came_are_beside_the_labelled_ones(model: TrainedModel, attributions: np.ndarray):
    old = feature_rows(600, seed=8, unlabelled=0.3)
    scores = NightScores(model.score(DATA.features), model.score(old.features))
    explained = ExplainedRows(DATA, scores.batch, scores.batch > 1, attributions, DATA.rows)
    made = profile_night(model, NightRows(DATA, old), scores, explained, COLUMNS, None)
    assert made.labelled is not None
    assert made.matured is not None
    assert (made.matured.rows, made.matured.matured, made.matured.awaited) == (600, 600, 600.0)
    assert made.matured.labelled == made.labelled.labelled == made.labelled.rows < 600
