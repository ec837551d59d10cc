from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tasks.explain.margin import ESTIMATOR, Family, family, margin, owners, unit
from tests.tasks.explain.samples import fitted, frame, schema

INPUTS = schema(2, 2)
ROWS = frame(INPUTS, 300, 1)


@pytest.mark.parametrize(
    ("estimator", "kind", "of_margin"),
    [
        ("gradient_boosting", Family.HIST_BOOSTING, "log-odds"),
        ("logistic_regression", Family.LINEAR, "log-odds"),
        ("random_forest", Family.TREES, "probability"),
        ("sklearn.ensemble:GradientBoostingClassifier", Family.TREES, "log-odds"),
        ("sklearn.naive_bayes:GaussianNB", Family.OTHER, "probability"),
        ("sklearn.svm:LinearSVC", Family.OTHER, "margin"),
    ],
)
def test_each_family_has_its_margin(estimator: str, kind: Family, of_margin: str):
    """High margins go with high probabilities, and log-odds turn into the model's own probability."""
    pipeline = fitted(INPUTS, ROWS, estimator=estimator)
    assert (family(pipeline[ESTIMATOR]), unit(pipeline[ESTIMATOR])) == (kind, of_margin)
    raw = margin(pipeline, INPUTS, ROWS)
    if of_margin == "margin":
        return
    probability = 1 / (1 + np.exp(-raw)) if of_margin == "log-odds" else raw
    np.testing.assert_allclose(probability, _probability(pipeline), atol=1e-12)


def test_boosting_with_a_start_of_its_own_is_not_explained_by_its_trees():
    from sklearn.ensemble import GradientBoostingClassifier

    assert family(GradientBoostingClassifier(init="zero")) is Family.OTHER


@pytest.mark.parametrize("estimator", ["gradient_boosting", "logistic_regression", "random_forest"])
def test_owners_find_the_source_of_every_prepared_column(estimator: str):
    """Changing one feature changes prepared columns of that feature only."""
    from tasks.explain.matrix import model_matrix

    pipeline = fitted(INPUTS, ROWS, estimator=estimator)
    owned = owners(pipeline, INPUTS)
    before = pipeline[:-1].transform(model_matrix(ROWS, INPUTS))
    assert len(owned) == before.shape[1]
    for place, name in enumerate(INPUTS.names):
        shifted = ROWS.assign(**{name: np.roll(ROWS[name].to_numpy(), 1)})
        after = pipeline[:-1].transform(model_matrix(shifted, INPUTS))
        same = np.array([np.array_equal(a, b, equal_nan=True) for a, b in zip(before.T, after.T, strict=True)])
        assert not same[owned == place].all()
        assert same[owned != place].all()


def test_no_rows_have_no_margin():
    pipeline = fitted(INPUTS, ROWS)
    assert margin(pipeline, INPUTS, ROWS.head(0)).shape == (0,)


def _probability(pipeline: Any) -> np.ndarray:
    from tasks.explain.matrix import model_matrix

    return pipeline.predict_proba(model_matrix(ROWS, INPUTS))[:, 1]
