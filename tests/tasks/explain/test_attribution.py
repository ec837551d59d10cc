from __future__ import annotations

import numpy as np
import pytest
import shap

from tasks.explain import attribution
from tasks.explain.attribution import attribute
from tasks.explain.margin import ESTIMATOR, margin, owners
from tasks.explain.matrix import model_matrix
from tasks.explain.trees import pooled
from tasks.project.errors import AttributionMismatch, DataUnfit
from tests.tasks.explain.samples import fitted, frame, schema

INPUTS = schema(4, 3)
TRAINING = frame(INPUTS, 1500, 1, levels=30)
TONIGHT = frame(INPUTS, 60, 2, levels=35, missing=0.3)

EXACT = [
    "gradient_boosting",
    "logistic_regression",
    "random_forest",
    "sklearn.ensemble:ExtraTreesClassifier",
    "sklearn.ensemble:GradientBoostingClassifier",
    "sklearn.tree:DecisionTreeClassifier",
]


@pytest.mark.parametrize("estimator", EXACT)
def test_values_and_base_add_up_to_the_margin(estimator: str):
    """Missing values and unseen levels too, in more rows than are explained at once."""
    few = {"n_estimators": 20} if "Trees" in estimator or "forest" in estimator else {}
    pipeline = fitted(INPUTS, TRAINING, estimator=estimator, parameters=few)
    explained = attribute(pipeline, INPUTS, TONIGHT, seed=0)
    assert explained.values.shape == (60, 7)
    np.testing.assert_allclose(
        explained.values.sum(axis=1) + explained.base, margin(pipeline, INPUTS, TONIGHT), atol=1e-9
    )


def test_rows_are_explained_alike_alone_and_in_chunks():
    pipeline = fitted(INPUTS, TRAINING)
    many = frame(INPUTS, 2300, 3, levels=35)
    whole = attribute(pipeline, INPUTS, many, seed=0)
    alone = attribute(pipeline, INPUTS, many.iloc[[2200]], seed=0)
    np.testing.assert_allclose(alone.values[0], whole.values[2200], atol=1e-12)
    assert alone.base == whole.base


@pytest.mark.parametrize("estimator", ["gradient_boosting", "logistic_regression", "random_forest"])
def test_no_rows_have_no_values_and_the_same_base(estimator: str):
    few = {"n_estimators": 5} if estimator == "random_forest" else {}
    pipeline = fitted(INPUTS, TRAINING, estimator=estimator, parameters=few)
    nobody = attribute(pipeline, INPUTS, TONIGHT.head(0), seed=0)
    assert nobody.values.shape == (0, 7)
    assert nobody.base == attribute(pipeline, INPUTS, TONIGHT, seed=0).base


def test_linear_values_are_those_of_shap_against_the_training_rows():
    pipeline = fitted(INPUTS, TRAINING, estimator="logistic_regression")
    prepared = [pipeline[:-1].transform(model_matrix(rows, INPUTS)) for rows in (TRAINING, TONIGHT)]
    explainer = shap.LinearExplainer(pipeline[ESTIMATOR], shap.maskers.Independent(prepared[0], len(prepared[0])))
    theirs = pooled(explainer.shap_values(prepared[1]), owners(pipeline, INPUTS), 7)
    explained = attribute(pipeline, INPUTS, TONIGHT, seed=0)
    np.testing.assert_allclose(explained.values, theirs, atol=1e-9)
    assert explained.base == pytest.approx(float(explainer.expected_value), abs=1e-9)


def test_a_feature_that_the_model_does_not_use_gets_nothing():
    inputs = schema(2, 1)
    training = frame(inputs, 800, 4).assign(n1=5.0)
    pipeline = fitted(inputs, training)
    assert not attribute(pipeline, inputs, training.head(20), seed=0).values[:, inputs.names.index("n1")].any()


def test_any_other_model_is_explained_against_remembered_training_rows():
    """The same row gets the same values whatever night it comes in."""
    inputs = schema(3, 1)
    pipeline = fitted(inputs, frame(inputs, 400, 5), estimator="sklearn.naive_bayes:GaussianNB")
    tonight = frame(inputs, 6, 6, levels=8)
    explained = attribute(pipeline, inputs, tonight, seed=3)
    np.testing.assert_allclose(
        explained.values.sum(axis=1) + explained.base, margin(pipeline, inputs, tonight), atol=1e-9
    )
    alone = attribute(pipeline, inputs, tonight.iloc[[4]], seed=3)
    np.testing.assert_array_equal(alone.values[0], explained.values[4])
    assert attribute(pipeline, inputs, tonight.head(0), seed=3).base == explained.base


def test_values_that_do_not_add_up_are_refused(monkeypatch: pytest.MonkeyPatch):
    """As shap's own reading of the trees would give them: a categorical split taken for a threshold."""
    pipeline = fitted(INPUTS, TRAINING)

    def shaps_own(model, prepared, owned, features, against):  # noqa: ANN001, ANN202
        explainer = shap.TreeExplainer(model)
        return pooled(explainer.shap_values(prepared, check_additivity=False), owned, features), float(
            np.ravel(explainer.expected_value)[0]
        )

    monkeypatch.setattr(attribution, "tree_contributions", shaps_own)
    with pytest.raises(AttributionMismatch, match="expected the attributions of HistGradientBoostingClassifier"):
        attribute(pipeline, INPUTS, TONIGHT, seed=0)


def test_nan_is_no_sum(monkeypatch: pytest.MonkeyPatch):
    pipeline = fitted(INPUTS, TRAINING)
    nothing = np.full((60, 7), np.nan)
    monkeypatch.setattr(attribution, "tree_contributions", lambda *_: (nothing, 0.0))
    with pytest.raises(AttributionMismatch, match="60 of 60 rows off"):
        attribute(pipeline, INPUTS, TONIGHT, seed=0)


@pytest.mark.parametrize(
    "estimator", ["gradient_boosting", "logistic_regression", "random_forest", "sklearn.naive_bayes:GaussianNB"]
)
def test_against_a_background_the_base_is_its_mean_margin(estimator: str):
    few = {"n_estimators": 20} if estimator == "random_forest" else {}
    pipeline = fitted(INPUTS, TRAINING, estimator=estimator, parameters=few)
    against, rows = TRAINING.head(40), TONIGHT.head(10)
    explained = attribute(pipeline, INPUTS, rows, seed=0, background=against)
    assert explained.base == pytest.approx(float(margin(pipeline, INPUTS, against).mean()), abs=1e-9)
    np.testing.assert_allclose(explained.values.sum(axis=1) + explained.base, margin(pipeline, INPUTS, rows), atol=1e-9)


def test_an_empty_background_is_refused():
    pipeline = fitted(INPUTS, TRAINING, estimator="logistic_regression")
    with pytest.raises(DataUnfit, match="expected background rows"):
        attribute(pipeline, INPUTS, TONIGHT, seed=0, background=TRAINING.head(0))


def test_columns_in_another_order_are_refused():
    pipeline = fitted(INPUTS, TRAINING)
    with pytest.raises(DataUnfit, match="another order"):
        attribute(pipeline, INPUTS, TONIGHT[list(reversed(INPUTS.names))], seed=0)
