from __future__ import annotations

import numpy as np
import pytest

from tasks.explain.codes import code_book
from tasks.explain.leaf_groups import LeafGroups, group_leaves
from tasks.explain.leaf_paths import leaf_paths
from tests.tasks.explain.test_leaf_paths import grown, passed


def grouped(cells: int, tests: int = 12) -> tuple[LeafGroups, np.ndarray, list[np.ndarray], np.ndarray]:
    ensemble, matrix = grown()
    book = code_book(ensemble)
    paths = leaf_paths(ensemble, book, 0, 3)
    codes = book.encode(matrix)
    groups = group_leaves(ensemble, paths, (0, 3), cells, tests, int(book.missing.max()))
    return groups, codes, passed(paths, codes), paths.lengths


@pytest.mark.parametrize("cells", [1, 16, 64, 2048])
def test_every_leaf_is_in_one_group_and_groups_keep_their_limit(cells: int):
    groups, _, _, lengths = grouped(cells)
    assert sorted(groups.leaves.tolist()) == list(range(len(lengths)))
    several = np.diff(groups.starts) > 1
    assert groups.cells[several].max(initial=0) <= cells
    products = [
        int(groups.states[a:b].prod()) for a, b in zip(groups.entry_starts, groups.entry_starts[1:], strict=False)
    ]
    assert products == groups.cells.tolist()
    assert groups.table_starts[-1] == sum(c * n for c, n in zip(products, np.diff(groups.entry_starts), strict=True))


def test_more_cells_make_fewer_groups():
    assert [len(grouped(cells)[0].cells) for cells in (1, 64, 2048)] == sorted(
        (len(grouped(cells)[0].cells) for cells in (1, 64, 2048)), reverse=True
    )


def test_steps_lead_to_the_cell_whose_signatures_say_which_tests_are_passed():
    groups, codes, tests, _ = grouped(64)
    paths = leaf_paths(*(lambda e: (e, code_book(e)))(grown()[0]), 0, 3)
    for group in range(len(groups.cells)):
        for entry in range(groups.entry_starts[group], groups.entry_starts[group + 1]):
            stride = int(groups.states[groups.entry_starts[group] : entry].prod())
            steps = slice(groups.step_starts[entry], groups.step_starts[entry + 1])
            added = (codes[groups.column[entry]][:, None] >= groups.step_code[steps]) * groups.step[steps].astype(int)
            states = added.sum(axis=1) % 65_536 // stride
            signatures = groups.signatures[groups.signature_starts[entry] + states]
            for bit, leaf in enumerate(groups.leaves[groups.starts[group] : groups.starts[group + 1]]):
                columns = paths.column[paths.starts[leaf] : paths.starts[leaf + 1]]
                of_column = tests[leaf][columns == groups.column[entry]].any(axis=0)
                np.testing.assert_array_equal((signatures >> np.uint64(bit)) & np.uint64(1), of_column)


def test_leaves_of_too_many_tests_are_deep():
    groups, _, _, lengths = grouped(64, tests=2)
    assert groups.deep.tolist() == np.flatnonzero(lengths > 2).tolist()
    assert sorted([*groups.leaves, *groups.deep]) == list(range(len(lengths)))


@pytest.mark.parametrize("values", [1, 500, 10**9])
def test_groups_are_split_by_the_size_of_their_tables(values: int):
    groups = grouped(16, tests=3)[0]
    parts = list(groups.split(values))
    assert sum(len(part.cells) for part in parts) == len(groups.cells)
    assert np.concatenate([part.deep for part in parts]).tolist() == groups.deep.tolist()
    for part in parts:
        assert len(part.cells) == 1 or part.table_starts[-1] <= values


def test_no_groups_are_split_into_one_part_with_the_deep_leaves():
    groups = grouped(16, tests=0)[0]
    assert len(groups.cells) == 0
    (part,) = groups.split(100)
    assert len(part.deep) == len(groups.deep) > 0
