"""Shapley tables: what the leaves of a group contribute to each of its columns, for every cell of the group.

A leaf of value v whose path has the tests 1..d is a game of its own. With c_j = 1 where the row passes test j:

- path-dependent: a coalition S is worth v Π_{j in S} c_j Π_{j not in S} z_j, z_j the leaf's share of the training
  weight;
- interventional: the mean over background rows b of v Π_{j in S} c_j Π_{j not in S} b_j.

The Shapley value of a product is an integral, φ_j = v (c_j - z_j) ∫_0^1 Π_{k≠j} (z_k (1 - t) + c_k t) dt, of a
polynomial of degree d - 1, which Gauss-Legendre quadrature with d/2 nodes gives exactly. Against background rows every
factor is 0 or 1 and the value is a ratio of factorials. Sums over leaves are exact: Shapley values are linear.

Sources: Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees; Owen
(1972), Multilinear extensions of games; Yang (2021), Fast TreeSHAP (tables by pattern); Nadel & Wettenstein (2025),
From decision trees to Boolean logic (patterns of the background).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.compiling import inner, kernel
from tasks.explain.leaf_groups import MOST_TESTS, LeafGroups
from tasks.explain.leaf_paths import LeafPaths

Reals = NDArray[np.float64]
Places = NDArray[np.int32]
Longs = NDArray[np.int64]
Signatures = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Quadrature:
    """Gauss-Legendre rules on [0, 1]: row q has q nodes, and exact integrals up to degree 2 q - 1.

    Attributes:
        nodes: shape (rules, rules).
        weights: shape (rules, rules); rows sum to 1.
    """

    nodes: Reals
    weights: Reals


def quadrature(tests: int) -> Quadrature:
    """The rules that leaves of so many tests need."""
    most = max((tests + 1) // 2, 1)
    rules = Quadrature(np.zeros((most + 1, most)), np.zeros((most + 1, most)))
    for size in range(1, most + 1):
        nodes, weights = np.polynomial.legendre.leggauss(size)
        rules.nodes[size, :size], rules.weights[size, :size] = (nodes + 1) / 2, weights / 2
    return rules


class _Leaves(NamedTuple):
    """What the compiled functions read of `LeafPaths`."""

    value: Reals
    starts: Places
    column: Places
    share: Reals


class _Groups(NamedTuple):
    """What the compiled functions read of `LeafGroups`."""

    starts: Places
    leaves: Places
    entry_starts: Places
    column: Places
    states: Places
    signature_starts: Places
    signatures: Signatures
    table_starts: Longs


class _Rules(NamedTuple):
    """Of `quadrature`: nodes, weights. Of `coalition_weights`: gain, loss. And how many bits each subset has."""

    nodes: Reals
    weights: Reals
    gain: Reals
    loss: Reals
    bits: Places


class _Room(NamedTuple):
    """Working memory of a leaf: its products and its table.

    `frequency` is the share of background rows that pass each subset of its tests; `subset`, which of these each cell
    of the group passes; `place`, where each entry's column is among its tests, or -1.
    """

    product: Reals
    table: Reals
    frequency: Reals
    subset: Places
    place: Places


def coalition_weights(tests: int) -> tuple[Reals, Reals]:
    """Shapley weights (gain, loss) of a tests passed by the row alone and b by the background row alone.

    `gain[a, b]` is (a - 1)! b! / (a + b)!, for each of the a tests; `loss[a, b]` is a! (b - 1)! / (a + b)!, for each of
    the b; 0 where there is no such test. Both have the shape (tests + 1, tests + 1).
    """
    gain, loss = np.zeros((tests + 1, tests + 1)), np.zeros((tests + 1, tests + 1))
    for a in range(tests + 1):
        for b in range(tests + 1):
            whole = factorial(a + b)
            gain[a, b] = factorial(a - 1) * factorial(b) / whole if a else 0.0
            loss[a, b] = factorial(a) * factorial(b - 1) / whole if b else 0.0
    return gain, loss


def build_tables(paths: LeafPaths, groups: LeafGroups, frequencies: Reals | None) -> tuple[Reals, float]:
    """Tabulate the groups.

    Args:
        paths: all leaves.
        groups: which leaves to tabulate together.
        frequencies: share of the background rows in each cell, group after group; None for path-dependent values.

    Returns:
        The values, at `groups.table_starts`: a group's columns one after the other, of each all cells; and the margin
        of a row of which nothing is known, as far as these leaves make it.
    """
    starts = groups.table_starts
    leaves = _Leaves(paths.value, paths.starts, paths.column, paths.share)
    read = _Groups(
        groups.starts, groups.leaves, groups.entry_starts, groups.column, groups.states, groups.signature_starts,
        groups.signatures, starts,
    )  # fmt: skip
    tables = np.zeros(int(starts[-1]))
    legendre = quadrature(MOST_TESTS)
    subsets = np.arange(1 << MOST_TESTS)
    bits = (subsets[:, None] >> np.arange(MOST_TESTS) & 1).sum(axis=1).astype(np.int32)
    rules = _Rules(legendre.nodes, legendre.weights, *coalition_weights(MOST_TESTS), bits)
    room = _Room(
        np.empty(1 << MOST_TESTS), np.empty(MOST_TESTS << MOST_TESTS), np.empty(1 << MOST_TESTS),
        np.zeros(int(groups.cells.max(initial=1)), dtype=np.int32), np.empty(len(groups.column) + 1, dtype=np.int32),
    )  # fmt: skip
    against = np.empty(0) if frequencies is None else frequencies
    return tables, float(_build(leaves, read, rules, against, room, tables))


@inner
def _clear(values: Reals, size: int) -> None:
    for i in range(size):
        values[i] = 0.0


@inner
def _path_table(value: float, share: Reals, rules: _Rules, room: _Room) -> float:
    """Values of a leaf for every subset c of its tests, at `test * 2^d + c`; returns the worth of knowing nothing."""
    tests = len(share)
    size, rule = 1 << tests, (tests + 1) // 2
    table, product = room.table, room.product
    _clear(table, tests * size)
    for q in range(rule):
        t = rules.nodes[rule, q]
        product[0] = value * rules.weights[rule, q]
        for k in range(tests):
            half = 1 << k
            failed = share[k] * (1.0 - t)
            for c in range(half):
                product[half + c] = product[c] * (failed + t)
                product[c] *= failed
        for k in range(tests):
            half = 1 << k
            # (c - z) over the factor that the product has too much; of a failed test the share cancels.
            failed = -1.0 / (1.0 - t)
            passed = (1.0 - share[k]) / (share[k] * (1.0 - t) + t)
            for start in range(0, size, 2 * half):
                for c in range(start, start + half):
                    table[k * size + c] += product[c] * failed
                    table[k * size + half + c] += product[half + c] * passed
    nothing = value
    for k in range(tests):
        nothing *= share[k]
    return nothing


@inner
def _add_background(b: int, share: float, tests: int, rules: _Rules, room: _Room) -> None:
    """Add background rows that pass the subset b of a leaf's tests; losses are kept apart, in `room.product`."""
    size = 1 << tests
    alone = (size - 1) ^ b  # a row comes to the leaf in their stead only if it passes these; the others it may pass
    also = b
    while True:
        c, a, lost = alone | also, rules.bits[alone], rules.bits[b] - rules.bits[also]
        room.product[c] += share * rules.loss[a, lost]
        for k in range(tests):
            if alone >> k & 1:
                room.table[k * size + c] += share * rules.gain[a, lost]
        if also == 0:
            return
        also = (also - 1) & b


@inner
def _background_table(value: float, tests: int, rules: _Rules, room: _Room) -> float:
    """As `_path_table`, against background rows."""
    size = 1 << tests
    _clear(room.table, tests * size)
    _clear(room.product, size)
    for b in range(size):
        if room.frequency[b] != 0.0:
            _add_background(b, value * room.frequency[b], tests, rules, room)
    for k in range(tests):
        for c in range(size):
            if not c >> k & 1:
                room.table[k * size + c] = -room.product[c]
    nothing: float = value * room.frequency[size - 1]
    return nothing


@inner
def _find_subsets(leaves: _Leaves, leaf: int, bit: int, groups: _Groups, group: int, room: _Room) -> int:
    """Which tests of a leaf each cell passes, and where each entry's column is among them; returns the cells."""
    start, stop = leaves.starts[leaf], leaves.starts[leaf + 1]
    first = groups.entry_starts[group]
    cells = 1
    room.subset[0] = 0
    for entry in range(first, groups.entry_starts[group + 1]):
        at = -1
        for test in range(start, stop):
            if leaves.column[test] == groups.column[entry]:
                at = test - start
        room.place[entry - first] = at
        for state in range(groups.states[entry] - 1, -1, -1):
            signature = groups.signatures[groups.signature_starts[entry] + state]
            passed = at >= 0 and (signature >> np.uint64(bit)) & np.uint64(1) != 0
            added = np.int32(1 << at) if passed else np.int32(0)
            for cell in range(cells):
                room.subset[state * cells + cell] = room.subset[cell] | added
        cells *= groups.states[entry]
    return cells


@inner
def _spread(room: _Room, entries: int, cells: int, size: int, table: Reals) -> None:
    """Add a leaf's table to that of its group."""
    for entry in range(entries):
        if room.place[entry] >= 0:
            source = room.place[entry] * size
            for cell in range(cells):
                table[entry * cells + cell] += room.table[source + room.subset[cell]]


@kernel
def _build(leaves: _Leaves, groups: _Groups, rules: _Rules, frequencies: Reals, room: _Room, tables: Reals) -> float:
    """Build the table of every group; returns what the leaves make of a row of which nothing is known."""
    nothing, first_cell = 0.0, 0
    for group in range(len(groups.starts) - 1):
        entries = groups.entry_starts[group + 1] - groups.entry_starts[group]
        cells = 1
        for at in range(groups.starts[group], groups.starts[group + 1]):
            leaf = groups.leaves[at]
            share = leaves.share[leaves.starts[leaf] : leaves.starts[leaf + 1]]
            size = 1 << len(share)
            cells = _find_subsets(leaves, leaf, at - groups.starts[group], groups, group, room)
            if len(frequencies) == 0:
                nothing += _path_table(leaves.value[leaf], share, rules, room)
            else:
                _clear(room.frequency, size)
                for cell in range(cells):
                    room.frequency[room.subset[cell]] += frequencies[first_cell + cell]
                nothing += _background_table(leaves.value[leaf], len(share), rules, room)
            _spread(room, entries, cells, size, tables[groups.table_starts[group] :])
        first_cell += cells
    return nothing
