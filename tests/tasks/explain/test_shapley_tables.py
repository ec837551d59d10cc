from __future__ import annotations

from math import comb

import numpy as np
import pytest

from tasks.explain.codes import code_book
from tasks.explain.leaf_groups import group_leaves
from tasks.explain.leaf_paths import leaf_paths
from tasks.explain.lookups import cell_frequencies
from tasks.explain.shapley_tables import build_tables, coalition_weights, quadrature
from tests.tasks.explain.test_leaf_paths import grown


@pytest.mark.parametrize("tests", [1, 2, 7, 12])
def test_the_rule_integrates_what_a_leaf_of_so_many_tests_needs(tests: int):
    rules = quadrature(tests)
    size = (tests + 1) // 2
    for power in range(tests):
        integral = rules.weights[size] @ rules.nodes[size] ** power
        assert integral == pytest.approx(1 / (power + 1), abs=1e-14)


def test_the_weights_of_a_coalition_share_out_a_whole():
    """Where the row alone passes a tests and the background alone none, the gains add up to the leaf's value."""
    gain, loss = coalition_weights(8)
    for a in range(1, 9):
        assert a * gain[a, 0] == pytest.approx(1.0)
        assert a * loss[0, a] == pytest.approx(1.0)
        assert gain[a, 3 if a <= 5 else 0] == pytest.approx(1 / (a * comb(a + (3 if a <= 5 else 0), a)))


@pytest.mark.parametrize("against", [False, True])
def test_in_every_cell_the_values_add_up_to_the_leaf_less_the_base(against: bool):
    """A cell that some row is in makes that row's margin."""
    ensemble, matrix = grown()
    book = code_book(ensemble)
    codes = book.encode(matrix)
    paths = leaf_paths(ensemble, book, 0, 1)
    groups = group_leaves(ensemble, paths, (0, 1), 1 << 16, 12, int(book.missing.max()))
    assert len(groups.cells) == 1
    frequencies = cell_frequencies(codes, groups) if against else None
    tables, base = build_tables(paths, groups, frequencies)
    sums = tables.reshape(-1, groups.cells[0]).sum(axis=0) + base
    reached = np.flatnonzero(cell_frequencies(codes, groups))
    assert np.isin(np.round(sums[reached], 9), np.round(paths.value, 9)).all()
    # Training rows weigh as their cover does: both kinds have one base.
    assert base == pytest.approx(float(paths.value @ _shares(paths)), abs=1e-12)


def _shares(paths) -> np.ndarray:  # noqa: ANN001
    return np.array([paths.share[a:b].prod() for a, b in zip(paths.starts, paths.starts[1:], strict=False)])
