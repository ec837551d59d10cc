"""Leaf groups: leaves whose tests are looked at together, so that one look-up tells what all of them contribute.

Of one column, codes that pass the same tests of the group are one state; the states of all columns make a cell of the
group. A row's cell is found without branches: it is a sum of steps, of which each is added where the row's code is at
least so high.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.compiling import inner, kernel
from tasks.explain.ensembles import Ensemble
from tasks.explain.leaf_paths import LeafPaths

Places = NDArray[np.int32]
Longs = NDArray[np.int64]
Steps = NDArray[np.uint16]
Signatures = NDArray[np.uint64]

#: Leaves of a group, at most: each has one bit of a signature.
_LEAVES = 64

#: Tests of a leaf, at most, that are tabulated: the table of a leaf has a cell for each subset of its tests.
MOST_TESTS = 12

#: A single leaf has its 2^12 cells at most, whatever the limit.
_NO_LIMIT = 1 << 16


@dataclass(frozen=True, slots=True)
class LeafGroups:
    """Leaves in groups. A group's entries are its columns, in the order in which they were met.

    Attributes:
        starts: first leaf of each group, and the number of leaves, shape (groups + 1,).
        leaves: the leaves, group by group.
        deep: leaves with too many tests for a table, which are in no group.
        entry_starts: first entry of each group, and the number of entries, shape (groups + 1,).
        column: column of each entry.
        states: number of states of each entry.
        step_starts: first step of each entry, and the number of steps, shape (entries + 1,).
        step_code: codes from which a step is added.
        step: what is added to the cell, modulo 2^16, so that it may as well go down.
        signature_starts: first signature of each entry, and the number of signatures, shape (entries + 1,).
        signatures: of each state of each entry, which leaves of the group have a test on the column that it passes.
        cells: number of cells of each group, shape (groups,).
    """

    starts: Places
    leaves: Places
    deep: Places
    entry_starts: Places
    column: Places
    states: Places
    step_starts: Places
    step_code: Places
    step: Steps
    signature_starts: Places
    signatures: Signatures
    cells: Places

    @property
    def table_starts(self) -> Longs:
        """First table value of each group, and the number of values; a group has cells x entries of them."""
        sizes = self.cells.astype(np.int64) * np.diff(self.entry_starts)
        return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    def split(self, most_values: int) -> Iterator[LeafGroups]:
        """The groups a few at a time, so that their tables hold no more values, or are those of one group.

        Deep leaves go with the first.
        """
        starts = self.table_starts
        first = 0
        while True:
            last = int(np.searchsorted(starts, starts[first] + most_values, side="right")) - 1
            last = min(max(last, first + 1), len(self.cells))
            yield replace(
                self,
                starts=self.starts[first : last + 1],
                entry_starts=self.entry_starts[first : last + 1],
                cells=self.cells[first:last],
                deep=self.deep if first == 0 else self.deep[:0],
            )
            first = last
            if first >= len(self.cells):
                return


class _Paths(NamedTuple):
    """What the compiled functions read of `LeafPaths`."""

    starts: Places
    column: Places
    toggle_starts: Places
    toggles: Places


class _Entries(NamedTuple):
    """Where the entries of groups are written to, named as in `LeafGroups`."""

    column: Places
    states: Places
    step_starts: Places
    step_code: Places
    step: Steps
    signature_starts: Places
    signatures: Signatures


class _Groups(NamedTuple):
    """Where groups are written to, named as in `LeafGroups`."""

    starts: Places
    leaves: Places
    entry_starts: Places
    cells: Places
    deep: Places


class _Scratch(NamedTuple):
    """Working memory: per code what toggles there; the codes touched; whether a column was met in this group."""

    change: Signatures
    touched: Places
    met: Places


def group_leaves(
    ensemble: Ensemble, paths: LeafPaths, trees: tuple[int, int], most_cells: int, most_tests: int, codes: int
) -> LeafGroups:
    """Group the leaves of some trees: the largest sub-trees with few enough cells.

    Args:
        ensemble: the trees.
        paths: their leaves.
        trees: first tree, and the one after the last.
        most_cells: cells of a group, at most, unless a single leaf alone has more; at most 65,536.
        most_tests: tests of a leaf, at most, that is tabulated; at most `MOST_TESTS`.
        codes: highest code of any column.
    """
    read = _Paths(paths.starts, paths.column, paths.toggle_starts, paths.toggles)
    scratch = _Scratch(
        np.zeros(codes + 1, dtype=np.uint64),
        np.empty(codes + 1, dtype=np.int32),
        np.full(ensemble.columns, -1, dtype=np.int32),
    )
    entries = _room(len(paths.column), len(paths.toggles))
    leaves = len(paths.value)
    groups = _Groups(*(np.zeros(leaves + 1, dtype=np.int32) for _ in _Groups._fields))
    number, deeps = _plan(
        read, ensemble.starts[trees[0] : trees[1] + 1], ensemble.left, ensemble.right, paths.first_leaf,
        paths.leaves_below, most_cells, most_tests, scratch, entries, groups,
    )  # fmt: skip
    count = int(groups.entry_starts[number])
    steps, signatures = int(entries.step_starts[count]), int(entries.signature_starts[count])
    return LeafGroups(
        starts=groups.starts[: number + 1].copy(),
        leaves=groups.leaves[: groups.starts[number]].copy(),
        deep=groups.deep[:deeps].copy(),
        entry_starts=groups.entry_starts[: number + 1].copy(),
        column=entries.column[:count].copy(),
        states=entries.states[:count].copy(),
        step_starts=entries.step_starts[: count + 1].copy(),
        step_code=entries.step_code[:steps].copy(),
        step=entries.step[:steps].copy(),
        signature_starts=entries.signature_starts[: count + 1].copy(),
        signatures=entries.signatures[:signatures].copy(),
        cells=groups.cells[:number].copy(),
    )


def _room(tests: int, toggles: int) -> _Entries:
    """Room for the entries of all groups: no more than there are tests, with no more steps than there are toggles."""
    return _Entries(
        column=np.empty(tests, dtype=np.int32),
        states=np.empty(tests, dtype=np.int32),
        step_starts=np.zeros(tests + 1, dtype=np.int32),
        step_code=np.empty(toggles, dtype=np.int32),
        step=np.empty(toggles, dtype=np.uint16),
        signature_starts=np.zeros(tests + 1, dtype=np.int32),
        signatures=np.empty(toggles + tests, dtype=np.uint64),
    )


@inner
def _rise(codes: Places, size: int) -> None:
    """Sort a few codes."""
    for i in range(1, size):
        code = codes[i]
        place = i
        while place > 0 and codes[place - 1] > code:
            codes[place] = codes[place - 1]
            place -= 1
        codes[place] = code


@inner
def _collect(paths: _Paths, leaves: Places, column: int, scratch: _Scratch) -> int:
    """Put together where the leaves' tests of a column toggle; returns the number of such codes, which rise."""
    size = 0
    for at in range(len(leaves)):
        for test in range(paths.starts[leaves[at]], paths.starts[leaves[at] + 1]):
            if paths.column[test] != column:
                continue
            for i in range(paths.toggle_starts[test], paths.toggle_starts[test + 1]):
                code = paths.toggles[i]
                if scratch.change[code] == 0:
                    scratch.touched[size] = code
                    size += 1
                scratch.change[code] ^= np.uint64(1) << np.uint64(at)
    _rise(scratch.touched, size)
    return size


@inner
def _state(signatures: Signatures, start: int, count: int, signature: np.uint64) -> int:
    for state in range(count):
        if signatures[start + state] == signature:
            return state
    return count


@inner
def _write_entry(entries: _Entries, at: int, column: int, stride: int, size: int, scratch: _Scratch) -> None:
    """Write one entry: walk up the codes at which something toggles, and number the states as they come."""
    step, start = entries.step_starts[at], entries.signature_starts[at]
    signature, state, states = np.uint64(0), 0, 1
    entries.signatures[start] = signature
    for i in range(size):
        code = scratch.touched[i]
        signature ^= scratch.change[code]
        scratch.change[code] = 0
        if code == 0:
            entries.signatures[start] = signature
            continue
        new = _state(entries.signatures, start, states, signature)
        if new == states:
            entries.signatures[start + states] = signature
            states += 1
        if new != state:
            entries.step_code[step] = code
            entries.step[step] = np.uint16((new - state) * stride & 0xFFFF)
            step += 1
            state = new
    entries.column[at] = column
    entries.states[at] = states
    entries.step_starts[at + 1] = step
    entries.signature_starts[at + 1] = start + states


@inner
def _describe(
    paths: _Paths, leaves: Places, most: int, scratch: _Scratch, entries: _Entries, first: int
) -> tuple[int, int]:
    """Write the entries of a group from `first` on; returns its cells and its entries' end.

    When it has more than `most` cells it is given up: one or more of the entries are not written.
    """
    for column in range(len(scratch.met)):
        scratch.met[column] = -1
    cells, at = 1, first
    for leaf in leaves:
        for test in range(paths.starts[leaf], paths.starts[leaf + 1]):
            column = paths.column[test]
            if scratch.met[column] >= 0:
                continue
            scratch.met[column] = at
            size = _collect(paths, leaves, column, scratch)
            _write_entry(entries, at, column, cells, size, scratch)
            cells *= entries.states[at]
            at += 1
            if cells > most:
                return cells, at
    return cells, at


@inner
def _longest(paths: _Paths, leaves: Places) -> int:
    """Tests of the leaf that has the most."""
    longest = 0
    for leaf in leaves:
        longest = max(longest, paths.starts[leaf + 1] - paths.starts[leaf])
    return longest


@inner
def _fits(
    paths: _Paths, leaves: Places, most: int, scratch: _Scratch, entries: _Entries, groups: _Groups, at: int
) -> bool:
    """Add a group, unless it has too many cells."""
    cells, end = _describe(paths, leaves, most, scratch, entries, groups.entry_starts[at])
    if cells > most:
        return False
    start = groups.starts[at]
    for i in range(len(leaves)):
        groups.leaves[start + i] = leaves[i]
    groups.starts[at + 1] = start + len(leaves)
    groups.entry_starts[at + 1] = end
    groups.cells[at] = cells
    return True


@kernel
def _plan(
    paths: _Paths,
    roots: Places,
    left: Places,
    right: Places,
    first_leaf: Places,
    leaves_below: Places,
    most: int,
    most_tests: int,
    scratch: _Scratch,
    entries: _Entries,
    groups: _Groups,
) -> tuple[int, int]:
    """Go down each tree until the leaves below make a group; returns the numbers of groups and of deep leaves."""
    leaf_numbers = np.empty(len(groups.leaves), np.int32)
    for leaf in range(len(leaf_numbers)):
        leaf_numbers[leaf] = leaf
    stack = np.empty(len(first_leaf) + 1, np.int32)
    count, deeps = 0, 0
    for tree in range(len(roots) - 1):
        stack[0] = roots[tree]
        waiting = 1
        while waiting > 0:
            waiting -= 1
            node = stack[waiting]
            first, size = first_leaf[node - roots[0]], leaves_below[node - roots[0]]
            leaves = leaf_numbers[first : first + size]
            tabulated = size <= _LEAVES and _longest(paths, leaves) <= most_tests
            if size == 1 and not tabulated:
                groups.deep[deeps] = first
                deeps += 1
                continue
            limit = most if size > 1 else _NO_LIMIT
            if tabulated and _fits(paths, leaves, limit, scratch, entries, groups, count):
                count += 1
                continue
            stack[waiting] = right[node]
            stack[waiting + 1] = left[node]
            waiting += 2
    return count, deeps
