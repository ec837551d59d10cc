"""Leaf paths: what a row must be like, column by column, to come to a leaf.

A leaf of a tree is reached by rows that pass one test a column: the intersection of all tests of the column on the way.
A test is a set of codes, kept as the codes at which membership toggles: {3, 4, 9} is 3, 5, 9, 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.compiling import inner, kernel
from tasks.explain.codes import CodeBook
from tasks.explain.ensembles import Ensemble

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class LeafPaths:
    """The leaves of some trees, in the order of a walk that goes left first, and the tests on their paths.

    Attributes:
        value: what each leaf adds to the margin, shape (leaves,).
        starts: first test of each leaf, and the number of tests, shape (leaves + 1,).
        column: column of each test, each once a leaf, shape (tests,).
        share: of the training weight that came through the column's nodes on the path, the part that went the leaf's
            way, shape (tests,).
        toggle_starts: first toggle of each test, and the number of toggles, shape (tests + 1,).
        toggles: codes at which membership toggles, rising; no code below the first is a member.
        first_leaf: first leaf below each node of the trees, shape (nodes,).
        leaves_below: number of leaves below each node, shape (nodes,).
    """

    value: Reals
    starts: Places
    column: Places
    share: Reals
    toggle_starts: Places
    toggles: Places
    first_leaf: Places
    leaves_below: Places

    @property
    def lengths(self) -> Places:
        """Number of tests of each leaf."""
        return np.diff(self.starts)


class _Nodes(NamedTuple):
    """The nodes of an ensemble, as the compiled walk takes them; `tree_starts` are those of the trees to be walked."""

    tree_starts: Places
    column: Places
    left: Places
    right: Places
    code: Places
    missing_left: Flags
    category_set: Places
    value: Reals
    cover: Reals
    sets: Flags
    missing: Places
    categorical: Flags


class _Tests(NamedTuple):
    """The tests of one path while it is climbed; `place` is where a column's test is, -1 when it has none yet."""

    place: Places
    column: Places
    share: Reals
    low: Places
    high: Places
    absent: Flags
    members: Flags


class _Found(NamedTuple):
    """Where the walk writes to, named as in `LeafPaths`. What does not fit is counted only."""

    value: Reals
    starts: Places
    column: Places
    share: Reals
    toggle_starts: Places
    toggles: Places
    first_leaf: Places
    leaves_below: Places


def leaf_paths(ensemble: Ensemble, book: CodeBook, start: int, stop: int) -> LeafPaths:
    """Trace the leaves of the trees from `start` up to `stop`."""
    nodes = _Nodes(
        ensemble.starts[start : stop + 1], ensemble.column, ensemble.left, ensemble.right, book.node_code,
        ensemble.missing_left, ensemble.category_set, ensemble.value, ensemble.cover, ensemble.sets, book.missing,
        ensemble.categorical,
    )  # fmt: skip
    first, last = int(ensemble.starts[start]), int(ensemble.starts[stop])
    leaves = int((ensemble.left[first:last] < 0).sum())
    # The walk is made twice: how many tests there are, and how many toggles, is known after the first.
    found = _room(leaves, last - first, 0, 0)
    tests, toggles = _trace(nodes, found)
    found = _room(leaves, last - first, tests, toggles)
    _trace(nodes, found)
    return LeafPaths(*found)


def _room(leaves: int, nodes: int, tests: int, toggles: int) -> _Found:
    return _Found(
        value=np.empty(leaves),
        starts=np.zeros(leaves + 1, dtype=np.int32),
        column=np.empty(tests, dtype=np.int32),
        share=np.empty(tests),
        toggle_starts=np.zeros(tests + 1, dtype=np.int32),
        toggles=np.empty(toggles, dtype=np.int32),
        first_leaf=np.empty(nodes, dtype=np.int32),
        leaves_below=np.zeros(nodes, dtype=np.int32),
    )


@inner
def _parents(nodes: _Nodes, origin: int, end: int) -> Places:
    parent = np.full(end - origin, -1, np.int32)
    for node in range(origin, end):
        if nodes.left[node] >= 0:
            parent[nodes.left[node] - origin] = node
            parent[nodes.right[node] - origin] = node
    return parent


@inner
def _toggle(toggles: Places, at: int, code: int) -> int:
    if at < len(toggles):
        toggles[at] = code
    return at + 1


@inner
def _open_test(nodes: _Nodes, tests: _Tests, column: int, at: int) -> None:
    """A test that everything passes."""
    tests.place[column] = at
    tests.column[at] = column
    tests.share[at] = 1.0
    tests.low[at] = 0
    tests.high[at] = nodes.missing[column] - 1
    tests.absent[at] = True
    if nodes.categorical[column]:
        for slot in range(tests.members.shape[1]):
            tests.members[at, slot] = True


@inner
def _narrow(nodes: _Nodes, tests: _Tests, at: int, node: int, child: int) -> None:
    """Only what goes from a node to one child still passes."""
    tests.share[at] *= nodes.cover[child] / nodes.cover[node] if nodes.cover[node] > 0 else 0.0
    is_left = nodes.left[node] == child
    chosen = nodes.category_set[node]
    if chosen >= 0:
        for slot in range(tests.members.shape[1]):
            tests.members[at, slot] &= nodes.sets[chosen, slot] == is_left
        return
    tests.absent[at] &= nodes.missing_left[node] == is_left
    if is_left:
        tests.high[at] = min(tests.high[at], nodes.code[node])
    else:
        tests.low[at] = max(tests.low[at], nodes.code[node] + 1)


@inner
def _climb(nodes: _Nodes, tests: _Tests, parent: Places, leaf: int, origin: int, leaves_below: Places) -> int:
    """Climb from a leaf to the root and narrow each column's test on the way; returns the number of tests."""
    size = 0
    child = leaf
    leaves_below[child - origin] += 1
    while parent[child - origin] >= 0:
        above = parent[child - origin]
        leaves_below[above - origin] += 1
        column = nodes.column[above]
        if tests.place[column] < 0:
            _open_test(nodes, tests, column, size)
            size += 1
        _narrow(nodes, tests, tests.place[column], above, child)
        child = above
    return size


@inner
def _write_test(nodes: _Nodes, tests: _Tests, at: int, found: _Found, place: int, toggles: int) -> int:
    """Write a finished test, and forget it; returns the number of toggles so far."""
    column = tests.column[at]
    tests.place[column] = -1
    inside = False
    if nodes.categorical[column]:
        for slot in range(tests.members.shape[1]):
            if tests.members[at, slot] != inside:
                inside = not inside
                toggles = _toggle(found.toggles, toggles, slot)
    else:
        missing = nodes.missing[column]
        if tests.low[at] <= tests.high[at]:
            toggles = _toggle(found.toggles, toggles, tests.low[at])
            inside = tests.high[at] + 1 == missing
            if not inside:
                toggles = _toggle(found.toggles, toggles, tests.high[at] + 1)
        if inside != tests.absent[at]:
            toggles = _toggle(found.toggles, toggles, missing)
    if place < len(found.column):
        found.column[place] = column
        found.share[place] = tests.share[at]
        found.toggle_starts[place + 1] = toggles
    return toggles


@kernel
def _trace(nodes: _Nodes, found: _Found) -> tuple[int, int]:
    """Walk the trees; returns the number of tests and of toggles."""
    origin, end = nodes.tree_starts[0], nodes.tree_starts[-1]
    parent = _parents(nodes, origin, end)
    columns = len(nodes.missing)
    tests = _Tests(
        np.full(columns, -1, np.int32), np.empty(columns, np.int32), np.empty(columns), np.empty(columns, np.int32),
        np.empty(columns, np.int32), np.empty(columns, np.bool_), np.empty((columns, nodes.sets.shape[1]), np.bool_),
    )  # fmt: skip
    stack = np.empty(end - origin + 1, np.int32)
    leaf, count, toggles = 0, 0, 0
    for tree in range(len(nodes.tree_starts) - 1):
        stack[0] = nodes.tree_starts[tree]
        waiting = 1
        while waiting > 0:
            waiting -= 1
            node = stack[waiting]
            found.first_leaf[node - origin] = leaf
            if nodes.left[node] >= 0:
                stack[waiting] = nodes.right[node]
                stack[waiting + 1] = nodes.left[node]
                waiting += 2
                continue
            size = _climb(nodes, tests, parent, node, origin, found.leaves_below)
            for at in range(size):
                toggles = _write_test(nodes, tests, at, found, count, toggles)
                count += 1
            found.value[leaf] = nodes.value[node]
            leaf += 1
            found.starts[leaf] = count
    return count, toggles
