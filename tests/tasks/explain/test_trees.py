from __future__ import annotations

import gc

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.tree import DecisionTreeClassifier

from tasks.explain import trees
from tasks.explain.trees import pooled, tree_contributions


def test_columns_of_one_feature_are_added_up():
    contributions = np.array([[1.0, 2.0, 4.0], [0.5, 0.0, -0.5]])
    np.testing.assert_array_equal(pooled(contributions, np.array([1, 0, 1]), 2), [[2.0, 5.0], [0.0, 0.0]])


def test_a_single_split_gives_each_side_its_distance_from_the_mean():
    """Worked out by hand: 3 of 4 rows on the right, with label 1; the mean is 0.75."""
    model = DecisionTreeClassifier().fit([[0.0, 9.0], [1.0, 9.0], [2.0, 9.0], [3.0, 9.0]], [0, 1, 1, 1])
    rows = np.array([[0.0, 9.0], [2.0, 9.0]])
    values, base = tree_contributions(model, rows, np.array([0, 1]), 2)
    np.testing.assert_allclose(values, [[-0.75, 0.0], [0.25, 0.0]], atol=1e-12)
    assert base == 0.75
    values, base = tree_contributions(model, rows, np.array([0, 1]), 2, np.array([[0.5, 9.0], [3.0, 9.0]]))
    np.testing.assert_allclose(values, [[-0.5, 0.0], [0.5, 0.0]], atol=1e-12)
    assert base == 0.5


@pytest.mark.parametrize("chunk", [7, 100_000])
def test_the_columns_of_a_feature_share_its_value(chunk: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trees, "_CHUNK", chunk)
    rng = np.random.default_rng(0)
    matrix = np.column_stack([rng.normal(size=300), rng.integers(0, 5, 300), rng.normal(size=300)])
    model = HistGradientBoostingClassifier(categorical_features=[1], max_iter=5).fit(matrix, matrix[:, 0] > 0)
    single, _ = tree_contributions(model, matrix[:20], np.arange(3), 3)
    paired, _ = tree_contributions(model, matrix[:20], np.array([1, 0, 1]), 2)
    np.testing.assert_allclose(paired, np.column_stack([single[:, 1], single[:, 0] + single[:, 2]]), atol=1e-12)


def test_an_engine_is_made_once_and_again_when_the_model_is_fitted_again(monkeypatch: pytest.MonkeyPatch):
    made = []
    from tasks.explain import tree_engine

    real = tree_engine.tree_engine
    monkeypatch.setattr(tree_engine, "tree_engine", lambda *given: made.append(1) or real(*given))
    rows, owners = np.arange(8.0).reshape(4, 2), np.array([0, 1])
    model = DecisionTreeClassifier().fit(rows, [0, 0, 1, 1])
    first, _ = tree_contributions(model, rows, owners, 2)
    tree_contributions(model, rows, owners, 2)
    assert len(made) == 1
    model.fit(rows, [1, 0, 0, 0])
    second, _ = tree_contributions(model, rows, owners, 2)
    assert len(made) == 2
    assert not np.allclose(first, second)
    tree_contributions(model, rows, owners, 2, rows)
    tree_contributions(model, rows, owners, 2, rows[:2])
    assert len(made) == 4
    kept = len(trees._made)
    del model
    gc.collect()
    assert len(trees._made) == kept - 1
