"""Look-ups: the cell of every row in every group of leaves, and what the tables say about it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.compiling import inner, kernel
from tasks.explain.codes import Codes
from tasks.explain.leaf_groups import LeafGroups

Reals = NDArray[np.float64]
Places = NDArray[np.int32]
Longs = NDArray[np.int64]
Steps = NDArray[np.uint16]

#: Rows looked up in one group before the next: enough that a table stays near while it is used.
_ROWS = 8192

#: From so many steps on, an entry's states are looked up by code instead; a table of so many codes at most.
_MANY_STEPS = 16
_SHORT_TABLE = 4096


class _Groups(NamedTuple):
    """What the compiled functions read of `LeafGroups`."""

    entry_starts: Places
    column: Places
    step_starts: Places
    step_code: Places
    step: Steps
    cells: Places


def add_contributions(codes: Codes, groups: LeafGroups, tables: Reals, owners: Places, sums: Reals) -> None:
    """Add what the groups contribute.

    Args:
        codes: shape (columns, n).
        groups: groups of leaves.
        tables: their values, as by `build_tables`.
        owners: which row of `sums` each column is added to, shape (columns,).
        sums: added to, shape (features, n).
    """
    _add(codes, _read(groups), groups.table_starts, tables, owners, sums)


def cell_frequencies(codes: Codes, groups: LeafGroups) -> Reals:
    """Share of some rows in each cell, group after group.

    Args:
        codes: of the rows, shape (columns, m), m at least 1.
        groups: groups of leaves.
    """
    frequencies = np.zeros(int(groups.cells.sum(dtype=np.int64)))
    _count(codes, _read(groups), frequencies)
    frequencies /= codes.shape[1]
    return frequencies


def _read(groups: LeafGroups) -> _Groups:
    return _Groups(
        groups.entry_starts, groups.column, groups.step_starts, groups.step_code, groups.step, groups.cells
    )  # fmt: skip


@inner
def _add_steps(column: Codes, groups: _Groups, entry: int, cell: Steps) -> None:
    """Add an entry's steps to the cells of some rows."""
    for at in range(groups.step_starts[entry], groups.step_starts[entry + 1]):
        code, step = column.dtype.type(groups.step_code[at]), groups.step[at]
        for row in range(len(column)):
            cell[row] = np.uint16(cell[row] + (step if column[row] >= code else np.uint16(0)))


@inner
def _add_states(column: Codes, groups: _Groups, entry: int, cell: Steps) -> None:
    """As `_add_steps`, by a table of all codes."""
    first, last = groups.step_starts[entry], groups.step_starts[entry + 1]
    highest = groups.step_code[last - 1]
    table = np.empty(highest + 1, np.uint16)
    at, level = first, np.uint16(0)
    for code in range(highest + 1):
        if code == groups.step_code[at]:
            level = np.uint16(level + groups.step[at])
            at += 1
        table[code] = level
    for row in range(len(column)):
        cell[row] = np.uint16(cell[row] + table[min(np.int64(column[row]), highest)])


@inner
def _find_cells(codes: Codes, groups: _Groups, group: int, first: int, cell: Steps) -> None:
    """Cells of the rows from `first` on."""
    for row in range(len(cell)):
        cell[row] = 0
    for entry in range(groups.entry_starts[group], groups.entry_starts[group + 1]):
        column = codes[groups.column[entry], first : first + len(cell)]
        start, stop = groups.step_starts[entry], groups.step_starts[entry + 1]
        if stop - start > _MANY_STEPS and groups.step_code[stop - 1] < _SHORT_TABLE:
            _add_states(column, groups, entry, cell)
        else:
            _add_steps(column, groups, entry, cell)


@kernel
def _add(codes: Codes, groups: _Groups, table_starts: Longs, tables: Reals, owners: Places, sums: Reals) -> None:
    room = np.empty(min(_ROWS, codes.shape[1]), np.uint16)
    for first in range(0, codes.shape[1], _ROWS):
        cell = room[: min(_ROWS, codes.shape[1] - first)]
        for group in range(len(groups.cells)):
            _find_cells(codes, groups, group, first, cell)
            start = table_starts[group]
            for entry in range(groups.entry_starts[group], groups.entry_starts[group + 1]):
                table = tables[start : start + groups.cells[group]]
                start += groups.cells[group]
                target = sums[owners[groups.column[entry]], first : first + len(cell)]
                for row in range(len(cell)):
                    target[row] += table[cell[row]]


@kernel
def _count(codes: Codes, groups: _Groups, counts: Reals) -> None:
    cell = np.empty(codes.shape[1], np.uint16)
    first_cell = 0
    for group in range(len(groups.cells)):
        _find_cells(codes, groups, group, 0, cell)
        for row in range(len(cell)):
            counts[first_cell + cell[row]] += 1.0
        first_cell += groups.cells[group]
