"""Ensembles: the trees of any of scikit-learn's tree classifiers in one frozen form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tasks.project.errors import AttributionMismatch

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.ensemble import HistGradientBoostingClassifier

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int32]

#: Category codes that scikit-learn's bit sets hold; the slot after them stands for missing and unseen values.
CODES = 256


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Sum of binary trees over one matrix; the nodes of all trees lie end to end, each tree's root first.

    Attributes:
        starts: first node of each tree, and the number of nodes, shape (trees + 1,).
        column: column that a node tests, shape (nodes,).
        left: position of the left child; -1 in a leaf.
        right: position of the right child; -1 in a leaf.
        threshold: numbers up to it go left.
        missing_left: whether missing values go left.
        category_set: row of `sets` that goes left at a categorical node; -1 at any other.
        value: what a leaf adds to the margin.
        cover: training weight that came through a node; of any positive scale within a tree.
        sets: slots of a categorical column that go left, shape (categorical nodes, 257); the last slot is missing.
        known: codes of a categorical column that training saw, shape (columns, 256).
        categorical: which columns are categorical, shape (columns,).
        offset: margin before the first tree.
        single: whether numbers are rounded to single precision before they are compared.
    """

    starts: Places
    column: Places
    left: Places
    right: Places
    threshold: Reals
    missing_left: Flags
    category_set: Places
    value: Reals
    cover: Reals
    sets: Flags
    known: Flags
    categorical: Flags
    offset: float
    single: bool

    @property
    def columns(self) -> int:
        """Number of columns of the matrix."""
        return len(self.categorical)


def read_ensemble(model: BaseEstimator) -> Ensemble:
    """Read a fitted binary classifier: histogram boosting, gradient boosting, a forest, or a single tree.

    The margin is the log-odds of label 1 for boosting, and its probability for forests and trees. Columns are the
    model's own: histogram boosting puts categorical ones first.

    Raises:
        AttributionMismatch: the model knows another number of labels than two.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    if len(model.classes_) != 2:
        raise AttributionMismatch(
            f"expected a {type(model).__name__} of two labels, received one of {len(model.classes_)}; "
            "train on rows of both labels"
        )
    return _histogram_boosting(model) if isinstance(model, HistGradientBoostingClassifier) else _plain_trees(model)


def _histogram_boosting(model: HistGradientBoostingClassifier) -> Ensemble:
    predictors = [predictor for (predictor,) in model._predictors]
    nodes = [predictor.nodes for predictor in predictors]
    starts = _starts(nodes)
    node = np.concatenate(nodes)
    inner = ~node["is_leaf"].astype(bool)
    categorical = np.zeros(int(model.n_features_in_), dtype=bool)
    if model._is_categorical_remapped is not None:
        categorical[:] = model._is_categorical_remapped
    known = _known(model, categorical)
    at_categories = np.flatnonzero(inner & node["is_categorical"].astype(bool))
    category_set = np.full(len(node), -1, dtype=np.int32)
    category_set[at_categories] = np.arange(len(at_categories))
    offsets = np.repeat(starts[:-1], np.diff(starts))
    return Ensemble(
        starts=starts,
        column=node["feature_idx"].astype(np.int32),
        left=np.where(inner, node["left"].astype(np.int64) + offsets, -1).astype(np.int32),
        right=np.where(inner, node["right"].astype(np.int64) + offsets, -1).astype(np.int32),
        threshold=node["num_threshold"].astype(np.float64),
        missing_left=node["missing_go_to_left"].astype(bool),
        category_set=category_set,
        value=node["value"].astype(np.float64),
        cover=node["count"].astype(np.float64),
        sets=_left_sets(predictors, starts, node, at_categories, known),
        known=known,
        categorical=categorical,
        offset=float(np.ravel(model._baseline_prediction)[0]),
        single=False,
    )


def _known(model: HistGradientBoostingClassifier, categorical: Flags) -> Flags:
    bits, places = model._bin_mapper.make_known_categories_bitsets()
    known = np.zeros((len(categorical), CODES), dtype=bool)
    for column in np.flatnonzero(categorical):
        known[column] = _flags(bits[places[column]])
    return known


def _left_sets(predictors: list[Any], starts: Places, node: Any, at: NDArray[np.intp], known: Flags) -> Flags:  # noqa: ANN401
    """Slots that categorical nodes send left."""
    trees = np.searchsorted(starts, at, side="right") - 1
    sets = np.zeros((len(at), CODES + 1), dtype=bool)
    for row, (tree, place) in enumerate(zip(trees, at, strict=True)):
        codes = _flags(predictors[tree].raw_left_cat_bitsets[node["bitset_idx"][place]])
        missing = bool(node["missing_go_to_left"][place])
        # As the model predicts: a code of the set goes left, another known one right, and any other like missing.
        sets[row, :CODES] = codes | (~known[node["feature_idx"][place]] & missing)
        sets[row, CODES] = missing
    return sets


def _flags(bits: NDArray[np.uint32]) -> Flags:
    """A set of codes, from scikit-learn's eight words of 32 bits."""
    words = np.ascontiguousarray(bits, dtype="<u4")
    return np.unpackbits(words.view(np.uint8), bitorder="little").astype(bool)


def _plain_trees(model: BaseEstimator) -> Ensemble:
    trees, scale, offset = _members(model)
    starts = _starts([tree.feature for tree in trees])
    offsets = np.repeat(starts[:-1], np.diff(starts))
    left = np.concatenate([tree.children_left for tree in trees])
    right = np.concatenate([tree.children_right for tree in trees])
    values = np.concatenate([tree.value[:, 0, :] for tree in trees])
    if values.shape[1] == 2:  # weights of the two labels
        values = values[:, 1:] / values.sum(axis=1, keepdims=True)
    columns = int(model.n_features_in_)
    return Ensemble(
        starts=starts,
        column=np.concatenate([tree.feature for tree in trees]).astype(np.int32),
        left=np.where(left >= 0, left + offsets, -1).astype(np.int32),
        right=np.where(right >= 0, right + offsets, -1).astype(np.int32),
        threshold=np.concatenate([tree.threshold for tree in trees]).astype(np.float64),
        missing_left=np.concatenate([tree.missing_go_to_left for tree in trees]).astype(bool),
        category_set=np.full(len(left), -1, dtype=np.int32),
        value=values[:, 0] * scale,
        cover=np.concatenate([tree.weighted_n_node_samples for tree in trees]).astype(np.float64),
        sets=np.zeros((0, CODES + 1), dtype=bool),
        known=np.zeros((columns, CODES), dtype=bool),
        categorical=np.zeros(columns, dtype=bool),
        offset=offset,
        single=True,
    )


def _members(model: BaseEstimator) -> tuple[list[Any], float, float]:
    """The trees of a model that is not histogram boosting, what scales their values, and the margin before them."""
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.tree import DecisionTreeClassifier

    if isinstance(model, DecisionTreeClassifier):
        return [model.tree_], 1.0, 0.0
    if isinstance(model, GradientBoostingClassifier):
        start = model._raw_predict_init(np.zeros((1, model.n_features_in_)))
        return [tree.tree_ for (tree,) in model.estimators_], float(model.learning_rate), float(np.ravel(start)[0])
    return [tree.tree_ for tree in model.estimators_], 1.0 / len(model.estimators_), 0.0


def _starts(trees: list[Any]) -> Places:
    return np.concatenate([[0], np.cumsum([len(tree) for tree in trees])]).astype(np.int32)
