"""Path-dependent Shapley values of trees, exact, by the `shap` package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tasks.explain.split_chains import threshold_model

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.ensemble import HistGradientBoostingClassifier

Reals = NDArray[np.float64]

#: Rows explained at once; bounds the memory to some tens of megabytes.
_CHUNK = 1000


def boosting_contributions(
    model: HistGradientBoostingClassifier, prepared: Reals, owners: NDArray[np.intp], features: int
) -> tuple[Reals, float]:
    """Contributions to the log-odds of histogram boosting, with native categories and missing values.

    Args:
        model: fitted, binary.
        prepared: its input, shape (n, columns); n may be 0.
        owners: which feature each column belongs to, shape (columns,).
        features: number of features.

    Returns:
        Contributions, shape (n, features), and the base.
    """
    rewritten = threshold_model(model)
    explainer = _explainer(rewritten.as_shap())
    owners_of_columns = owners[_order(model)][rewritten.owners()]
    values = np.zeros((len(prepared), features))
    for start in range(0, len(prepared), _CHUNK):
        chunk = prepared[start : start + _CHUNK]
        wide = rewritten.widen(np.asarray(model._preprocess_X(chunk, reset=False), dtype=np.float64))
        contributions = explainer.shap_values(wide, check_additivity=False)
        values[start : start + _CHUNK] = pooled(contributions, owners_of_columns, features)
    return values, float(np.ravel(explainer.expected_value)[0])


def tree_contributions(
    model: BaseEstimator, prepared: Reals, owners: NDArray[np.intp], features: int
) -> tuple[Reals, float]:
    """Contributions to the probability of label 1 (forests, a tree) or to the log-odds (gradient boosting).

    Arguments and result as of `boosting_contributions`.
    """
    explainer = _explainer(model)
    values = np.zeros((len(prepared), features))
    for start in range(0, len(prepared), _CHUNK):
        contributions = explainer.shap_values(prepared[start : start + _CHUNK], check_additivity=False)
        if contributions.ndim == 3:  # a value for each class
            contributions = contributions[:, :, 1]
        values[start : start + _CHUNK] = pooled(contributions, owners, features)
    return values, float(np.ravel(explainer.expected_value)[-1])


def pooled(contributions: Reals, owners: NDArray[np.intp], features: int) -> Reals:
    """Contributions of columns, shape (n, columns), added up by the feature that owns each, shape (n, features)."""
    membership = np.zeros((len(owners), features))
    membership[np.arange(len(owners)), owners] = 1.0
    return np.asarray(contributions @ membership, dtype=np.float64)


def _explainer(model: Any) -> Any:  # noqa: ANN401  shap is not typed
    import shap

    return shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")


def _order(model: HistGradientBoostingClassifier) -> NDArray[np.intp]:
    """The model puts its categorical columns first: where each of its own columns is in its input."""
    if model.is_categorical_ is None:
        return np.arange(model.n_features_in_)
    return np.concatenate([np.flatnonzero(model.is_categorical_), np.flatnonzero(~model.is_categorical_)])
