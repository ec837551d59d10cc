"""Shapley values of trees, exact: from a fitted model to the engine, which is made once a model."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from tasks.explain.margin import Family, family

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from tasks.explain.tree_engine import TreeEngine

Reals = NDArray[np.float64]

#: Rows that histogram boosting puts into its own form at once.
_CHUNK = 100_000


@dataclass(frozen=True, slots=True)
class _Made:
    """An engine, what it was made of (a model can be fitted again), and against which rows."""

    trees: tuple[Any, ...]
    background: bytes
    engine: TreeEngine


_made: WeakKeyDictionary[BaseEstimator, _Made] = WeakKeyDictionary()
_making = Lock()


def tree_contributions(
    model: BaseEstimator, prepared: Reals, owners: NDArray[np.intp], features: int, background: Reals | None = None
) -> tuple[Reals, float]:
    """Contributions to the probability of label 1 (forests, a tree) or to its log-odds (boosting).

    Args:
        model: fitted, binary; histogram boosting may have native categories.
        prepared: its input, shape (n, columns); n may be 0.
        owners: which feature each column belongs to, shape (columns,).
        features: number of features.
        background: rows in the form of `prepared`, at least one, for interventional values; None for path-dependent.

    Returns:
        Contributions, shape (n, features), and the base.

    Raises:
        AttributionMismatch: rows of another number of columns than the model was fitted with, no background row, or a
            model of other than two labels.
    """
    engine = _engine(model, background)
    owned = owners[_order(model)]
    if family(model) is not Family.HIST_BOOSTING or not engine.kept:
        # Without kept tables every call makes them anew.
        return engine.contributions(_own_matrix(model, prepared), owned, features)
    values, base = np.zeros((len(prepared), features)), 0.0
    for start in range(0, max(len(prepared), 1), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        values[chunk], base = engine.contributions(_own_matrix(model, prepared[chunk]), owned, features)
    return values, base


def forget_tables(model: BaseEstimator) -> None:
    """Give back the memory of a model's engine, up to 256 megabytes; the next call makes it again."""
    with _making:
        _made.pop(model, None)


def pooled(contributions: Reals, owners: NDArray[np.intp], features: int) -> Reals:
    """Contributions of columns, shape (n, columns), added up by the feature that owns each, shape (n, features)."""
    membership = np.zeros((len(owners), features))
    membership[np.arange(len(owners)), owners] = 1.0
    return np.asarray(contributions @ membership, dtype=np.float64)


def _engine(model: BaseEstimator, background: Reals | None) -> TreeEngine:
    from tasks.explain.ensembles import read_ensemble
    from tasks.explain.tree_engine import tree_engine

    trees = _trees(model)
    rows = None if background is None else _own_matrix(model, background)
    key = b"" if rows is None else rows.tobytes()
    with _making:
        made = _made.get(model)
        if made is None or made.background != key or not _same(made.trees, trees):
            made = _Made(trees, key, tree_engine(read_ensemble(model), rows))
            _made[model] = made
    return made.engine


def _trees(model: Any) -> tuple[Any, ...]:  # noqa: ANN401  scikit-learn is not typed
    """The objects that hold a fitted model's trees."""
    if family(model) is Family.HIST_BOOSTING:
        return tuple(predictor for (predictor,) in model._predictors)
    return tuple(np.ravel(model.estimators_)) if hasattr(model, "estimators_") else (model.tree_,)


def _same(these: tuple[Any, ...], those: tuple[Any, ...]) -> bool:
    return len(these) == len(those) and all(this is that for this, that in zip(these, those, strict=True))


def _own_matrix(model: BaseEstimator, prepared: Reals) -> Reals:
    """Rows as the trees see them: histogram boosting puts its categorical columns first, as codes."""
    if family(model) is not Family.HIST_BOOSTING or not len(prepared):
        return prepared
    return np.asarray(model._preprocess_X(prepared, reset=False), dtype=np.float64)


def _order(model: BaseEstimator) -> NDArray[np.intp]:
    """Where each of the trees' columns is in the model's input."""
    categorical = getattr(model, "is_categorical_", None)
    if categorical is None:
        return np.arange(model.n_features_in_)
    return np.concatenate([np.flatnonzero(categorical), np.flatnonzero(~categorical)])
