from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tasks.explain.lookups import add_contributions, cell_frequencies
from tests.tasks.explain.test_leaf_groups import grouped


def test_frequencies_of_a_group_add_up_to_one():
    groups, codes, _, _ = grouped(64)
    frequencies = cell_frequencies(codes, groups)
    starts = np.concatenate([[0], np.cumsum(groups.cells)])
    for start, stop in pairwise(starts):
        assert frequencies[start:stop].sum() == pytest.approx(1.0)


@pytest.mark.parametrize("kind", [np.uint16, np.uint32])
def test_each_entry_adds_the_value_of_the_rows_cell_to_its_owner(kind: type):
    """With the number of the cell in all tables a row's sum tells its cells; and codes may have either width."""
    groups, codes, _, _ = grouped(64)
    sizes = zip(groups.cells, np.diff(groups.entry_starts), strict=True)
    tables = np.concatenate([np.tile(np.arange(cells, dtype=float), entries) for cells, entries in sizes])
    sums = np.zeros((1, codes.shape[1]))
    add_contributions(codes.astype(kind), groups, tables, np.zeros(len(codes), dtype=np.int32), sums)
    expected = np.zeros(codes.shape[1])
    for group in range(len(groups.cells)):
        cell = np.zeros(codes.shape[1], dtype=int)
        entries = range(groups.entry_starts[group], groups.entry_starts[group + 1])
        for entry in entries:
            steps = slice(groups.step_starts[entry], groups.step_starts[entry + 1])
            over = codes[groups.column[entry]][:, None] >= groups.step_code[steps]
            cell += (over * groups.step[steps].astype(int)).sum(axis=1)
        expected += len(entries) * (cell % 65_536)
    np.testing.assert_array_equal(sums[0], expected)
