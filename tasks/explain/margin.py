"""Margin: the raw output of a model, before calibration, that attributions explain."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.frame import Frame
from tasks.evidence.schema import FeatureSchema
from tasks.explain.matrix import model_matrix

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.pipeline import Pipeline

Reals = NDArray[np.float64]

#: Unit of a margin: log-odds of label 1, its uncalibrated probability, or a scale of the model's own.
Unit = Literal["log-odds", "probability", "margin"]

#: Names of the steps of every pipeline that Assay builds.
PREPARATION = "preparation"
BACKGROUND = "background"
ESTIMATOR = "estimator"


class Family(StrEnum):
    """How an estimator can be explained."""

    HIST_BOOSTING = "histogram boosting"
    TREES = "trees"
    LINEAR = "linear"
    OTHER = "other"


def family(estimator: BaseEstimator) -> Family:
    """The family of an estimator, fitted or not; by its class, so that a user's sub-class is known as well."""
    from sklearn.ensemble import (
        ExtraTreesClassifier,
        GradientBoostingClassifier,
        HistGradientBoostingClassifier,
        RandomForestClassifier,
    )
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    if isinstance(estimator, HistGradientBoostingClassifier):
        return Family.HIST_BOOSTING
    if isinstance(estimator, RandomForestClassifier | ExtraTreesClassifier | DecisionTreeClassifier):
        return Family.TREES
    if isinstance(estimator, GradientBoostingClassifier):
        # With a start of its own, or another loss, the trees alone do not make the margin.
        return Family.TREES if estimator.init is None and estimator.loss == "log_loss" else Family.OTHER
    return Family.LINEAR if isinstance(estimator, LogisticRegression) else Family.OTHER


def unit(estimator: BaseEstimator) -> Unit:
    """Unit of the estimator's margin."""
    from sklearn.ensemble import GradientBoostingClassifier

    kind = family(estimator)
    if kind in (Family.HIST_BOOSTING, Family.LINEAR) or isinstance(estimator, GradientBoostingClassifier):
        return "log-odds"
    return "probability" if hasattr(estimator, "predict_proba") else "margin"


def margin(pipeline: Pipeline, schema: FeatureSchema, features: Frame) -> Reals:
    """Raw margin of each row: high means that label 1 is likely.

    Log-odds for boosting and logistic regression; the uncalibrated probability of label 1 for forests and others; what
    `decision_function` gives where there is no such probability.

    Args:
        pipeline: a fitted pipeline that Assay built.
        schema: its inputs.
        features: columns exactly `schema.names`, n rows.

    Returns:
        Shape (n,); empty for no rows.

    Raises:
        DataUnfit: the columns are not the model's.
    """
    prepared = prepared_rows(pipeline, schema, features)
    return prepared_margin(pipeline[ESTIMATOR], prepared) if len(prepared) else np.empty(0)


def prepared_rows(pipeline: Pipeline, schema: FeatureSchema, features: Frame) -> Reals:
    """The rows as the estimator gets them, shape (n, columns); arguments and errors as of `margin`."""
    matrix = model_matrix(features, schema)
    # scikit-learn refuses to transform no rows.
    prepared = pipeline[:-1].transform(matrix) if len(matrix) else np.empty((0, len(owners(pipeline, schema))))
    return np.asarray(prepared, dtype=np.float64)


def prepared_margin(estimator: BaseEstimator, prepared: Reals) -> Reals:
    """Raw margin of rows that the steps before the estimator have prepared, shape (n, columns), n at least 1."""
    if unit(estimator) == "probability":
        return np.asarray(estimator.predict_proba(prepared)[:, 1], dtype=np.float64)
    return np.asarray(estimator.decision_function(prepared), dtype=np.float64)


def owners(pipeline: Pipeline, schema: FeatureSchema) -> NDArray[np.intp]:
    """Which feature each prepared column was made from: positions in the schema, shape (columns,).

    A part of the preparation either keeps its columns one to one, or makes any number of columns from a single one.
    """
    preparation: Any = pipeline[PREPARATION]
    found = np.empty(sum(part.stop - part.start for part in preparation.output_indices_.values()), dtype=np.intp)
    for name, _, columns in preparation.transformers_:
        sources = [schema.names.index(column) for column in columns]
        found[preparation.output_indices_[name]] = sources if len(sources) != 1 else sources[0]
    return found
