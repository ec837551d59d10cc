from __future__ import annotations

import numpy as np
import pytest

from tasks.models.trained_model import TrainedModel
from tasks.project.errors import DataUnfit
from tests.tasks.explain.samples import frame
from tests.tasks.models.samples import INPUTS, trained


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return trained(rows=1500)[0]


def test_scores_are_probabilities_and_follow_the_margin(model: TrainedModel):
    """Calibration bends the margin, it reorders nothing."""
    tonight = frame(INPUTS, 200, 4, levels=12)
    score, margin = model.score(tonight), model.margin(tonight)
    assert score.shape == margin.shape == (200,)
    assert ((score > 0) & (score < 1)).all()
    assert (np.diff(score[np.argsort(margin, kind="stable")]) >= 0).all()


def test_a_rows_score_does_not_depend_on_the_rows_beside_it(model: TrainedModel):
    tonight = frame(INPUTS, 50, 4)
    assert model.score(tonight.iloc[[17]])[0] == model.score(tonight)[17]


def test_no_rows_have_no_scores(model: TrainedModel):
    nobody = frame(INPUTS, 0, 4)
    assert model.score(nobody).shape == model.margin(nobody).shape == (0,)


def test_rows_of_nothing_but_missing_values_are_scored(model: TrainedModel):
    empty = frame(INPUTS, 3, 4, missing=1.1)
    assert empty.isna().all().all()
    assert np.isfinite(model.score(empty)).all()


def test_columns_in_another_order_are_refused(model: TrainedModel):
    with pytest.raises(DataUnfit, match="another order"):
        model.score(frame(INPUTS, 5, 4)[list(reversed(INPUTS.names))])


def test_a_missing_column_is_refused(model: TrainedModel):
    with pytest.raises(DataUnfit, match=r"received none for \['c1'\]"):
        model.margin(frame(INPUTS, 5, 4).drop(columns="c1"))
