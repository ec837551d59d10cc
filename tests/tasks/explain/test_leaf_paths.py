"""Paths, groups and look-ups by their meaning: a row passes all tests of the leaf it comes to, and of no other."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from tasks.explain.codes import code_book
from tasks.explain.ensembles import Ensemble, read_ensemble
from tasks.explain.leaf_paths import LeafPaths, leaf_paths


def grown(seed: int = 0) -> tuple[Ensemble, np.ndarray]:
    """A small ensemble with a category and missing values, and the rows that it was grown on."""
    rng = np.random.default_rng(seed)
    matrix = np.column_stack([rng.integers(0, 9, 400), rng.normal(size=(400, 3))]).astype(float)
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    labels = np.nan_to_num(matrix[:, 1]) + np.isin(matrix[:, 0], [1, 4, 7]) * np.nan_to_num(matrix[:, 2]) > 0.2
    model = HistGradientBoostingClassifier(categorical_features=[0], max_iter=3, min_samples_leaf=5)
    model.fit(matrix, labels)
    return read_ensemble(model), model._preprocess_X(matrix, reset=False)


def passed(paths: LeafPaths, codes: np.ndarray) -> list[np.ndarray]:
    """Which tests of each leaf each row passes, a matrix (tests, n) a leaf."""
    found = []
    for leaf in range(len(paths.value)):
        tests = range(paths.starts[leaf], paths.starts[leaf + 1])
        toggles = [paths.toggles[paths.toggle_starts[test] : paths.toggle_starts[test + 1]] for test in tests]
        columns = [codes[paths.column[test]].astype(int) for test in tests]
        found.append(np.array([(c[:, None] >= t).sum(axis=1) % 2 for c, t in zip(columns, toggles, strict=True)]) == 1)
    return found


def test_every_row_comes_to_one_leaf_a_tree_and_a_leafs_cover_is_its_rows():
    ensemble, matrix = grown()
    book = code_book(ensemble)
    codes = book.encode(matrix)
    for tree in range(3):
        paths = leaf_paths(ensemble, book, tree, tree + 1)
        comes = np.array([tests.all(axis=0) for tests in passed(paths, codes)])
        assert (comes.sum(axis=0) == 1).all()
        shares = [paths.share[a:b].prod() for a, b in zip(paths.starts, paths.starts[1:], strict=False)]
        np.testing.assert_allclose(comes.mean(axis=1), shares, atol=1e-12)


def test_several_trees_are_traced_one_after_the_other():
    ensemble, _ = grown()
    book = code_book(ensemble)
    whole = leaf_paths(ensemble, book, 0, 3)
    parts = [leaf_paths(ensemble, book, tree, tree + 1) for tree in range(3)]
    np.testing.assert_array_equal(whole.value, np.concatenate([part.value for part in parts]))
    np.testing.assert_array_equal(whole.toggles, np.concatenate([part.toggles for part in parts]))
    np.testing.assert_array_equal(whole.lengths, np.concatenate([part.lengths for part in parts]))


def test_the_leaves_below_a_root_are_all_of_its_tree():
    ensemble, _ = grown()
    paths = leaf_paths(ensemble, code_book(ensemble), 1, 3)
    origin = ensemble.starts[1]
    below = [int(paths.leaves_below[ensemble.starts[tree] - origin]) for tree in (1, 2)]
    assert sum(below) == len(paths.value)
    assert paths.first_leaf[ensemble.starts[2] - origin] == below[0]


@pytest.mark.parametrize("column", [0, 1])
def test_a_column_is_tested_once_a_leaf(column: int):
    ensemble, _ = grown()
    paths = leaf_paths(ensemble, code_book(ensemble), 0, 3)
    leaves = np.repeat(np.arange(len(paths.value)), paths.lengths)
    assert np.bincount(leaves[paths.column == column]).max() == 1
