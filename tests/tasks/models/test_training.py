from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from threadpoolctl import threadpool_limits

from tasks.explain.attribution import attribute
from tasks.models.persistence import save
from tasks.models.splits import time_ordered_split
from tasks.models.training import operating_point, train
from tasks.project.errors import DataUnfit
from tests.tasks.explain.samples import frame
from tests.tasks.models.samples import INPUTS, TEST_FIRST, labelled, settings, trained

ESTIMATORS = ["gradient_boosting", "logistic_regression", "random_forest"]


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("class_weight", ["none", "balanced"])
def test_scores_are_calibrated_with_balanced_weights_too(estimator: str, class_weight: str):
    """Balanced weights alone would put the mean score of rare events near one half."""
    few = {"n_estimators": 40} if estimator == "random_forest" else {}
    model, features, rows = trained(
        rows=6000, rare=0.8, model={"estimator": estimator, "class_weight": class_weight, "parameters": few}
    )
    score, base = model.score(features), rows["label"].mean()
    assert base < 0.2
    assert abs(score.mean() - base) < 0.02
    upper = score >= np.quantile(score, 0.8)
    assert abs(score[upper].mean() - rows["label"][upper].mean()) < 0.06


@pytest.mark.parametrize("estimator", [*ESTIMATORS, "sklearn.naive_bayes:GaussianNB"])
def test_two_trainings_give_one_digest(estimator: str, tmp_path: Path):
    digests = set()
    for place in ("first", "second"):
        (tmp_path / place).mkdir()
        digests.add(save(trained(rows=1500, model={"estimator": estimator})[0], tmp_path / place))
    assert len(digests) == 1


def test_the_number_of_threads_does_not_matter(tmp_path: Path):
    digests = set()
    for threads in (1, 2):
        with threadpool_limits(threads):
            digests.add(save(trained(rows=1500)[0], tmp_path))
    assert len(digests) == 1


def test_another_seed_is_another_forest(tmp_path: Path):
    few = {"n_estimators": 5}
    one, two = (
        trained(rows=1500, model={"estimator": "random_forest", "seed": s, "parameters": few})[0] for s in (1, 2)
    )
    assert (one.seed, two.seed) == (1, 2)
    assert not np.array_equal(one.score(frame(INPUTS, 50, 9)), two.score(frame(INPUTS, 50, 9)))


def test_the_test_window_is_not_looked_at():
    """Other labels and features there, the same model."""
    features = frame(INPUTS, 2400, 0)
    rows = labelled(features)
    split = time_ordered_split(rows, TEST_FIRST, 0.3)
    model = train(features, rows, split, settings(), INPUTS, ())
    spoiled_rows, spoiled = rows.copy(), features.copy()
    spoiled_rows.loc[split.test, "label"] = 1 - spoiled_rows.loc[split.test, "label"]
    spoiled.loc[split.test, "n0"] = 1e6
    again = train(spoiled, spoiled_rows, split, settings(), INPUTS, ())
    tonight = frame(INPUTS, 50, 9)
    np.testing.assert_array_equal(model.score(tonight), again.score(tonight))


def test_a_fixed_threshold_and_what_was_asked_for_are_kept():
    model = trained(rows=1500, model={"seed": 5}, action={"threshold": 0.31})[0]
    assert (model.threshold, model.seed, model.estimator, model.binning) == (0.31, 5, "gradient_boosting", None)
    assert [window.name for window in model.windows] == ["train", "calibration", "test"]


def test_the_selection_rate_sets_the_threshold_on_calibration_rows():
    model, features, _ = trained(rows=6000, action={"selection_rate": 0.2})
    assert 0.15 < (model.score(features) >= model.threshold).mean() < 0.25


@given(
    scores=arrays(np.float64, st.integers(1, 40), elements=st.sampled_from([0.1, 0.2, 0.25, 0.7, 0.9])),
    rate=st.floats(0.01, 0.99),
)
def test_the_operating_point_selects_at_least_the_share_and_no_more_than_it_must(scores: np.ndarray, rate: float):
    threshold = operating_point(scores, settings(action={"selection_rate": rate}).action)
    assert (scores >= threshold).mean() >= rate
    assert (scores > threshold).mean() < rate


def test_too_few_events_are_refused():
    features = frame(INPUTS, 2400, 0)
    rows = labelled(features)
    split = time_ordered_split(rows, TEST_FIRST, 0.3)
    with pytest.raises(DataUnfit, match="at least 5000 labels of 1 to train on"):
        train(features, rows, split, settings(minimum_events=5000), INPUTS, ())


def test_features_without_any_value_are_named():
    features = frame(INPUTS, 2400, 0)
    rows = labelled(features)
    split = time_ordered_split(rows, TEST_FIRST, 0.3)
    features.loc[split.train, "n1"] = np.nan
    features.loc[split.train, "c0"] = None
    with pytest.raises(DataUnfit, match=f"received none of c0, n1 in {len(split.train)} rows"):
        train(features, rows, split, settings(), INPUTS, ())


def test_a_calibration_window_with_a_single_event_is_refused():
    features = frame(INPUTS, 2400, 0)
    rows = labelled(features)
    split = time_ordered_split(rows, TEST_FIRST, 0.3)
    rows.loc[split.calibration, "label"] = 0
    rows.loc[split.calibration[0], "label"] = 1
    with pytest.raises(DataUnfit, match="at least 2 rows of each label in the calibration window, received 1 of 1"):
        train(features, rows, split, settings(), INPUTS, ())


def test_attributions_explain_the_margin_that_is_calibrated():
    """A higher sum of attributions is a higher score."""
    model, features, _ = trained(rows=1500)
    explained = attribute(model.pipeline, model.schema, features, seed=0)
    order = np.argsort(explained.values.sum(axis=1), kind="stable")
    assert (np.diff(model.score(features)[order]) >= -1e-12).all()
