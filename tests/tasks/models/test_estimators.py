from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from tasks.explain.margin import ESTIMATOR
from tasks.explain.matrix import model_matrix
from tasks.models.estimators import build_pipeline, trusted_types
from tasks.project.errors import ConfigurationError
from tasks.project.settings import ModelSection
from tests.tasks.explain.samples import fitted, frame, labels, schema

INPUTS = schema(2, 2)


class NoClassifier(BaseEstimator):
    """An estimator that sorts nothing into classes."""


def faults(**model: Any) -> str:
    with pytest.raises(ConfigurationError) as error:
        build_pipeline(ModelSection(**model), INPUTS)
    return str(error.value)


@pytest.mark.parametrize("estimator", ["gradient_boosting", "logistic_regression", "random_forest"])
def test_built_in_estimators_learn_with_missing_values_and_categories(estimator: str):
    training, tonight = frame(INPUTS, 2000, 1), frame(INPUTS, 1000, 2, levels=8)
    pipeline = fitted(INPUTS, training, estimator=estimator)
    probability = pipeline.predict_proba(model_matrix(tonight, INPUTS))[:, 1]
    truth = labels(tonight, 2)
    assert probability[truth == 1].mean() > probability[truth == 0].mean() + 0.05


@pytest.mark.parametrize("estimator", ["gradient_boosting", "logistic_regression", "random_forest"])
@pytest.mark.parametrize(("numbers", "categories"), [(2, 0), (0, 2)])
def test_columns_of_one_kind_only(estimator: str, numbers: int, categories: int):
    inputs = schema(numbers, categories)
    pipeline = fitted(inputs, frame(inputs, 300, 1), estimator=estimator)
    assert np.isfinite(pipeline.predict_proba(model_matrix(frame(inputs, 20, 2), inputs))).all()


def test_a_category_of_a_thousand_levels_fits():
    """Histogram boosting holds 255; the rare ones share one."""
    inputs = schema(1, 1)
    pipeline = fitted(inputs, frame(inputs, 5000, 1, levels=1000), parameters={"max_iter": 5})
    assert np.isfinite(pipeline.predict_proba(model_matrix(frame(inputs, 50, 2, levels=2000), inputs))).all()


def test_fewer_bins_hold_fewer_categories():
    inputs = schema(1, 1)
    fitted(inputs, frame(inputs, 2000, 1, levels=100), parameters={"max_iter": 5, "max_bins": 32})


def test_parameters_class_weight_and_seed_reach_the_estimator():
    model = ModelSection(parameters={"max_iter": 7}, class_weight="balanced", seed=13)
    estimator = build_pipeline(model, INPUTS)[ESTIMATOR]
    assert (estimator.max_iter, estimator.class_weight, estimator.random_state) == (7, "balanced", 13)


def test_a_users_own_estimator_by_import_path():
    model = ModelSection(estimator="sklearn.naive_bayes:GaussianNB", parameters={"var_smoothing": 1e-3})
    assert build_pipeline(model, INPUTS)[ESTIMATOR].var_smoothing == 1e-3
    assert trusted_types(model.estimator) == ("sklearn.naive_bayes.GaussianNB",)


def test_built_in_estimators_need_no_further_trust():
    assert trusted_types("random_forest") == ()


@pytest.mark.parametrize("path", ["os:system", "subprocess:Popen", "sklearn.linear_model:LinearRegression"])
def test_what_is_no_classifier_is_never_trusted(path: str):
    with pytest.raises(ConfigurationError, match="expected a classifier"):
        trusted_types(path)


def test_all_faults_of_the_parameters_are_reported_together():
    said = faults(parameters={"max_itr": 3, "random_state": 1, "depth": 2})
    assert "parameters.max_itr: expected one of" in said
    assert "max_iter" in said
    assert "parameters.random_state: set [model] seed instead" in said
    assert "parameters.depth" in said


def test_a_value_that_scikit_learn_refuses_is_a_configuration_error():
    assert "max_iter" in faults(parameters={"max_iter": -3})


def test_class_weights_that_an_estimator_does_not_have_are_refused():
    said = faults(estimator="sklearn.naive_bayes:GaussianNB", class_weight="balanced")
    assert "sklearn.naive_bayes:GaussianNB has no class weights" in said


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "gradient_bosting",
            "expected gradient_boosting, logistic_regression, random_forest or `package.module:Class`",
        ),
        ("no_such_package.models:Model", "No module named 'no_such_package'"),
        ("sklearn.naive_bayes:NoSuchClass", "NoSuchClass"),
        ("math:sqrt", "which is not one"),
        (f"{__name__}:NoClassifier", "which is no classifier"),
    ],
)
def test_a_path_that_leads_to_no_classifier_is_refused(path: str, said: str):
    assert said in faults(estimator=path)
