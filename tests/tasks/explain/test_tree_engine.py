"""The engine against shap where shap is right, and against the game played out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shap
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.tree import DecisionTreeClassifier

from tasks.explain import tree_engine as engine_module
from tasks.explain.ensembles import read_ensemble
from tasks.explain.tree_engine import tree_engine
from tasks.explain.trees import tree_contributions
from tasks.project.errors import AttributionMismatch
from tests.tasks.explain.path_game import boosting_shapley, forest_shapley, mixture_shapley

QUIET = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

MODELS = {
    "histogram": lambda leaves, seed: HistGradientBoostingClassifier(
        max_iter=8, max_leaf_nodes=leaves, min_samples_leaf=3, learning_rate=0.5, early_stopping=False
    ),
    "boosting": lambda leaves, seed: GradientBoostingClassifier(
        n_estimators=8, max_depth=None, max_leaf_nodes=leaves, learning_rate=0.5, random_state=seed
    ),
    "forest": lambda leaves, seed: RandomForestClassifier(n_estimators=6, max_leaf_nodes=leaves, random_state=seed),
    "extra": lambda leaves, seed: ExtraTreesClassifier(n_estimators=6, max_leaf_nodes=leaves, random_state=seed),
    "tree": lambda leaves, seed: DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=seed),
}


def sample(rows: int, columns: int, seed: int, missing: float = 0.0, bits: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Numbers with ties, and labels that depend on pairs of columns.

    The numbers and the middles between them are exact in single precision: shap misses thresholds that are not.
    """
    rng = np.random.default_rng(seed)
    matrix = np.round(rng.normal(size=(rows, columns)) * 2**bits) / 2**bits
    signal = matrix[:, 0] + np.sin(3 * matrix[:, -1]) * matrix[:, columns // 2] + rng.normal(size=rows) / 2
    labels = (signal > 0).astype(int)
    labels[:2] = 0, 1
    matrix[rng.random(matrix.shape) < missing] = np.nan
    return matrix, labels


def by_shap(model: Any, rows: np.ndarray, background: np.ndarray | None = None) -> np.ndarray:
    kind = "tree_path_dependent" if background is None else "interventional"
    explainer = shap.TreeExplainer(model, background, feature_perturbation=kind)
    values = explainer.shap_values(rows if background is None else rows.astype(np.float32), check_additivity=False)
    return values[:, :, 1] if values.ndim == 3 else values


def ours(model: Any, rows: np.ndarray, background: np.ndarray | None = None) -> tuple[np.ndarray, float]:
    return tree_contributions(model, rows, np.arange(rows.shape[1]), rows.shape[1], background)


def margins(model: Any, rows: np.ndarray) -> np.ndarray:
    return model.decision_function(rows) if hasattr(model, "decision_function") else model.predict_proba(rows)[:, 1]


@QUIET
@given(
    kind=st.sampled_from(sorted(MODELS)),
    columns=st.integers(1, 12),
    leaves=st.integers(2, 60),
    bits=st.integers(0, 9),
    seed=st.integers(0, 10_000),
)
def test_path_dependent_values_are_those_of_shap(kind: str, columns: int, leaves: int, bits: int, seed: int):
    matrix, labels = sample(300, columns, seed, bits=bits)
    model = MODELS[kind](leaves, seed).fit(matrix, labels)
    values, base = ours(model, matrix[:40])
    np.testing.assert_allclose(values, by_shap(model, matrix[:40]), atol=1e-9)
    np.testing.assert_allclose(values.sum(axis=1) + base, margins(model, matrix[:40]), atol=1e-9)


@QUIET
@given(
    kind=st.sampled_from(sorted(MODELS)),
    columns=st.integers(1, 12),
    leaves=st.integers(2, 60),
    against=st.integers(1, 60),
    seed=st.integers(0, 10_000),
)
def test_interventional_values_are_those_of_shap(kind: str, columns: int, leaves: int, against: int, seed: int):
    matrix, labels = sample(300, columns, seed)
    model = MODELS[kind](leaves, seed).fit(matrix, labels)
    background = matrix[100 : 100 + against]
    values, base = ours(model, matrix[:20], background)
    np.testing.assert_allclose(values, by_shap(model, matrix[:20], background.astype(np.float32)), atol=1e-6)
    assert base == pytest.approx(float(margins(model, background).mean()), abs=1e-9)


@QUIET
@given(
    kind=st.sampled_from(["histogram", "forest", "extra", "tree"]),
    missing=st.sampled_from([0.05, 0.5, 0.95]),
    leaves=st.integers(2, 40),
    seed=st.integers(0, 10_000),
)
def test_with_missing_values_both_kinds_are_the_games_played_out(kind: str, missing: float, leaves: int, seed: int):
    matrix, labels = sample(200, 4, seed, missing)
    model = MODELS[kind](leaves, seed).fit(matrix, labels)
    rows, background = matrix[:4].copy(), matrix[50:57]
    rows[0] = np.nan
    played = boosting_shapley if kind == "histogram" else forest_shapley
    expected = np.array([played(model, row)[0] for row in rows])
    np.testing.assert_allclose(ours(model, rows)[0], expected, atol=1e-9)
    expected = np.array([mixture_shapley(lambda mixed: margins(model, mixed), row, background)[0] for row in rows])
    np.testing.assert_allclose(ours(model, rows, background)[0], expected, atol=1e-9)


@pytest.mark.parametrize("against", [None, 25])
@pytest.mark.parametrize("passing", [False, True])
def test_fully_grown_trees_of_many_columns_are_exact(
    against: int | None, passing: bool, monkeypatch: pytest.MonkeyPatch
):
    """Paths with more tests than a table holds, kept or tabulated in passing."""
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(1500, 30)).astype(np.float32).astype(np.float64)
    labels = rng.integers(0, 2, 1500)  # noise: nothing ends a tree early
    model = ExtraTreesClassifier(2, random_state=1).fit(matrix, labels)
    if passing:
        monkeypatch.setattr(engine_module, "_KEPT_LEAVES", 0)
        monkeypatch.setattr(engine_module, "_PASSING_VALUES", 5000)
        monkeypatch.setattr(engine_module, "_LEAVES", 100)
    background = None if against is None else matrix[100 : 100 + against]
    engine = tree_engine(read_ensemble(model), background)
    assert bool(engine.kept) is not passing
    if engine.kept:
        assert any(len(part.groups.deep) for part in engine.kept)
    values, base = engine.contributions(matrix[:15], np.arange(30), 30)
    np.testing.assert_allclose(values, by_shap(model, matrix[:15], background), atol=1e-6)
    np.testing.assert_allclose(values.sum(axis=1) + base, margins(model, matrix[:15]), atol=1e-9)


def test_a_path_of_fifty_columns_has_an_exact_sum():
    """One column after the other peels off a row: a chain of tests, longer than the bits of any mask."""
    matrix = np.eye(50)
    labels = np.arange(50) % 2
    model = DecisionTreeClassifier(random_state=0, max_features=1).fit(matrix, labels)
    assert model.get_depth() > 25
    values, base = ours(model, matrix)
    np.testing.assert_allclose(values.sum(axis=1) + base, labels, atol=1e-9)
    np.testing.assert_allclose(values, by_shap(model, matrix), atol=1e-6)  # shap loses digits on long paths


def test_a_tree_of_one_leaf_contributes_nothing():
    for model in (HistGradientBoostingClassifier(max_iter=2), DecisionTreeClassifier(), RandomForestClassifier(2)):
        model.fit(np.ones((30, 2)), np.arange(30) % 2)
        values, base = ours(model, np.array([[0.0, np.nan], [1.0, 2.0]]))
        assert not values.any()
        assert base == pytest.approx(margins(model, np.ones((1, 2)))[0], abs=1e-12)


def test_three_hundred_columns_of_which_most_are_constant():
    matrix, labels = sample(400, 300, 3)
    matrix[:, 20:250] = 7.0
    model = HistGradientBoostingClassifier(max_iter=10).fit(matrix, labels)
    values, _ = ours(model, matrix[:30])
    np.testing.assert_allclose(values, by_shap(model, matrix[:30]), atol=1e-9)
    assert not values[:, 20:250].any()


def test_thresholds_are_compared_in_single_precision_by_forests():
    """Halfway between two floats: rounded, the value passes a test that it would fail in double precision."""
    low = np.float32(1.0)
    matrix = np.array([[low], [np.nextafter(low, np.float32(2))]], dtype=np.float64)
    model = DecisionTreeClassifier().fit(matrix, [0, 1])
    rows = np.linspace(matrix[0, 0], matrix[1, 0], 9)[:, None]
    values, base = ours(model, rows)
    np.testing.assert_allclose(values[:, 0] + base, model.predict_proba(rows)[:, 1], atol=1e-12)


def test_infinite_values_and_more_thresholds_than_a_code_of_16_bits():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(150_000, 1)).astype(np.float32).astype(np.float64)
    model = DecisionTreeClassifier().fit(matrix, rng.integers(0, 2, len(matrix)))
    engine = tree_engine(read_ensemble(model))
    assert engine.book.encode(matrix[:1]).dtype == np.uint32
    values, base = engine.contributions(matrix[:50], np.array([0]), 1)
    np.testing.assert_allclose(values[:, 0] + base, model.predict_proba(matrix[:50])[:, 1], atol=1e-9)
    boosted = HistGradientBoostingClassifier(max_iter=5).fit(matrix[:500], np.arange(500) % 2)
    rows = np.array([[np.inf], [-np.inf], [np.nan]])
    values, base = ours(boosted, rows)
    np.testing.assert_allclose(values[:, 0] + base, boosted.decision_function(rows), atol=1e-9)


def test_no_rows_and_one_row():
    matrix, labels = sample(300, 5, 1)
    model = HistGradientBoostingClassifier(max_iter=5).fit(matrix, labels)
    whole, base = ours(model, matrix)
    assert ours(model, matrix[:0])[0].shape == (0, 5)
    assert ours(model, matrix[:0])[1] == base
    np.testing.assert_array_equal(ours(model, matrix[7:8])[0], whole[7:8])


def test_rows_in_many_blocks_are_explained_alike(monkeypatch: pytest.MonkeyPatch):
    matrix, labels = sample(3000, 6, 2)
    model = HistGradientBoostingClassifier(max_iter=10).fit(matrix, labels)
    whole = ours(model, matrix)[0]
    monkeypatch.setattr(engine_module, "_BLOCK", 700)
    np.testing.assert_array_equal(ours(model, np.asfortranarray(matrix))[0], whole)


@pytest.mark.parametrize("columns", [4, 6])
def test_another_number_of_columns_is_refused(columns: int):
    matrix, labels = sample(100, 5, 1)
    engine = tree_engine(read_ensemble(DecisionTreeClassifier().fit(matrix, labels)))
    with pytest.raises(AttributionMismatch, match="expected rows of the 5 columns"):
        engine.contributions(np.zeros((3, columns)), np.arange(columns), columns)


def test_no_background_rows_are_refused():
    matrix, labels = sample(100, 5, 1)
    with pytest.raises(AttributionMismatch, match="expected background rows, received none"):
        tree_engine(read_ensemble(DecisionTreeClassifier().fit(matrix, labels)), matrix[:0])
