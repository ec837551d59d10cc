from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.explain.codes import CodeBook


def _book(edges: list[list[float]], *, categorical: bool = False, single: bool = False) -> CodeBook:
    known = np.zeros((len(edges), 256), dtype=bool)
    known[:, [0, 3]] = categorical
    counts = [len(column) for column in edges]
    return CodeBook(
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        edges=np.array([edge for column in edges for edge in column], dtype=np.float64),
        missing=np.array([256 if categorical else count + 1 for count in counts], dtype=np.int32),
        categorical=np.full(len(edges), categorical),
        known=known,
        single=single,
        node_code=np.empty(0, dtype=np.int32),
    )


@settings(deadline=None)
@given(st.lists(st.integers(-20, 20), min_size=1, unique=True), st.lists(st.integers(-25, 25), min_size=1))
def test_a_code_is_the_number_of_edges_below(edges: list[int], values: list[int]):
    codes = _book([sorted(map(float, edges))]).encode(np.array(values, dtype=np.float64)[:, None])
    assert codes[0].tolist() == [sum(edge < value for edge in edges) for value in values]


def test_missing_is_the_highest_code_and_infinity_is_a_number():
    codes = _book([[0.0, 1.0], []]).encode(np.array([[np.nan, np.nan], [np.inf, 5.0], [-np.inf, 5.0]]))
    assert codes.tolist() == [[3, 2, 0], [0, 0, 0]]  # nothing tests the second column


def test_a_category_that_is_missing_or_unseen_has_the_last_code():
    values = np.array([0.0, 3.0, 2.0, np.nan, -1.0, 256.0, np.inf])
    codes = _book([[]], categorical=True).encode(values[:, None])
    assert codes[0].tolist() == [0, 3, 256, 256, 256, 256, 256]


def test_values_are_rounded_to_single_precision_where_the_trees_do():
    edge = float(np.float32(0.1))
    value = np.array([[edge + 1e-12]])
    assert _book([[edge]], single=True).encode(value)[0, 0] == 0
    assert _book([[edge]]).encode(value)[0, 0] == 1
