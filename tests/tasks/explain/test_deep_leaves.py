"""Row by row or by table: the same values."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.explain.codes import code_book
from tasks.explain.deep_leaves import add_deep_contributions, deep_base
from tasks.explain.leaf_groups import group_leaves
from tasks.explain.leaf_paths import leaf_paths
from tasks.explain.lookups import add_contributions, cell_frequencies
from tasks.explain.shapley_tables import build_tables
from tests.tasks.explain.test_leaf_paths import grown


@pytest.mark.parametrize("rows", [None, 1, 30])
def test_deep_leaves_say_what_their_tables_would(rows: int | None):
    ensemble, matrix = grown()
    book = code_book(ensemble)
    codes = book.encode(matrix)
    against = None if rows is None else book.encode(matrix[:rows])
    paths = leaf_paths(ensemble, book, 0, 3)
    groups = group_leaves(ensemble, paths, (0, 3), 512, 12, int(book.missing.max()))
    tables, base = build_tables(paths, groups, None if against is None else cell_frequencies(against, groups))
    owners = np.arange(4, dtype=np.int32)
    by_table, one_by_one = np.zeros((4, 400)), np.zeros((4, 400))
    add_contributions(codes, groups, tables, owners, by_table)
    every = np.arange(len(paths.value), dtype=np.int32)
    add_deep_contributions(codes, paths, every, against, owners, one_by_one)
    np.testing.assert_allclose(one_by_one, by_table, atol=1e-12)
    assert deep_base(paths, every, against) == pytest.approx(base, abs=1e-12)
