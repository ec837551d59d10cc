"""Deep leaves: leaves of fully grown trees with too many tests for a table, row by row.

The same integrals and ratios as in `shapley_tables`, worked out for each row: slower, and in need of no memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.compiling import inner, kernel
from tasks.explain.codes import Codes
from tasks.explain.leaf_paths import LeafPaths
from tasks.explain.shapley_tables import coalition_weights, quadrature

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int32]


class _Paths(NamedTuple):
    """What the compiled functions read of `LeafPaths`."""

    value: Reals
    starts: Places
    column: Places
    share: Reals
    toggle_starts: Places
    toggles: Places


def add_deep_contributions(
    codes: Codes, paths: LeafPaths, deep: Places, background: Codes | None, owners: Places, sums: Reals
) -> None:
    """Add what deep leaves contribute.

    Args:
        codes: shape (columns, n).
        paths: all leaves.
        deep: which of them to add.
        background: codes of the background rows, shape (columns, m); None for path-dependent values.
        owners: which row of `sums` each column is added to, shape (columns,).
        sums: added to, shape (features, n).
    """
    if not len(deep):
        return
    most = int(paths.lengths[deep].max())
    if background is None:
        rules = quadrature(most)
        _add_by_path(codes, _read(paths), deep, rules.nodes, rules.weights, owners, sums)
    else:
        gain, loss = coalition_weights(most)
        _add_by_background(codes, background, _read(paths), deep, gain, loss, owners, sums)


def deep_base(paths: LeafPaths, deep: Places, background: Codes | None) -> float:
    """What deep leaves make of a row of which nothing is known."""
    base = 0.0
    for leaf in deep:
        tests = slice(paths.starts[leaf], paths.starts[leaf + 1])
        if background is None:
            base += float(paths.value[leaf] * np.prod(paths.share[tests]))
        else:
            passed = np.empty((tests.stop - tests.start, background.shape[1]), dtype=np.bool_)
            _pass(background, _read(paths), int(leaf), passed)
            base += float(paths.value[leaf] * passed.all(axis=0).mean())
    return base


def _read(paths: LeafPaths) -> _Paths:
    return _Paths(paths.value, paths.starts, paths.column, paths.share, paths.toggle_starts, paths.toggles)


@kernel
def _pass(codes: Codes, paths: _Paths, leaf: int, passed: Flags) -> None:
    """Which tests of a leaf each row passes, shape (tests, n)."""
    start = paths.starts[leaf]
    for test in range(start, paths.starts[leaf + 1]):
        passed[test - start, :] = False
        for at in range(paths.toggle_starts[test], paths.toggle_starts[test + 1]):
            for row in range(codes.shape[1]):
                passed[test - start, row] ^= codes[paths.column[test], row] >= paths.toggles[at]


@inner
def _factors(share: Reals, nodes: Reals, factor: Reals, ratio: Reals) -> None:
    """Factors z (1 - t) + c t of each test, by c, and (c - z) divided by them; shape (2, tests, nodes)."""
    for k in range(len(share)):
        for q in range(len(nodes)):
            t = nodes[q]
            factor[0, k, q] = share[k] * (1.0 - t)
            factor[1, k, q] = factor[0, k, q] + t
            ratio[0, k, q] = -1.0 / (1.0 - t)  # the share cancels, 0 as it may be
            ratio[1, k, q] = (1.0 - share[k]) / factor[1, k, q]


@kernel
def _add_by_path(
    codes: Codes, paths: _Paths, deep: Places, nodes: Reals, weights: Reals, owners: Places, sums: Reals
) -> None:
    product = np.empty(len(nodes))
    for leaf in deep:
        start, stop = paths.starts[leaf], paths.starts[leaf + 1]
        tests, rule = stop - start, (stop - start + 1) // 2
        passed = np.empty((tests, codes.shape[1]), np.bool_)
        _pass(codes, paths, leaf, passed)
        factor, ratio = np.empty((2, tests, rule)), np.empty((2, tests, rule))
        _factors(paths.share[start:stop], nodes[rule, :rule], factor, ratio)
        for row in range(codes.shape[1]):
            for q in range(rule):
                product[q] = paths.value[leaf] * weights[rule, q]
            for k in range(tests):
                c = 1 if passed[k, row] else 0
                for q in range(rule):
                    product[q] *= factor[c, k, q]
            for k in range(tests):
                c = 1 if passed[k, row] else 0
                value = 0.0
                for q in range(rule):
                    value += product[q] * ratio[c, k, q]
                sums[owners[paths.column[start + k]], row] += value


@inner
def _add_pair(ours: Flags, theirs: Flags, value: float, gain: Reals, loss: Reals, values: Reals) -> None:
    """Add the values of a leaf for one row against one background row, by the tests that each passes."""
    a, b = 0, 0
    for k in range(len(ours)):
        if not ours[k] and not theirs[k]:
            return  # no mixture of the two rows comes to the leaf
        a += ours[k] and not theirs[k]
        b += theirs[k] and not ours[k]
    for k in range(len(ours)):
        if ours[k] and not theirs[k]:
            values[k] += value * gain[a, b]
        elif theirs[k] and not ours[k]:
            values[k] -= value * loss[a, b]


@inner
def _bits(passed: Flags, row: int) -> np.uint64:
    """The first 64 tests that a row passes, a bit each."""
    bits = np.uint64(0)
    for k in range(min(len(passed), 64)):
        if passed[k, row]:
            bits |= np.uint64(1) << np.uint64(k)
    return bits


@inner
def _every(tests: int) -> np.uint64:
    """The first 64 tests passed."""
    bits = np.uint64(0)
    for k in range(min(tests, 64)):
        bits |= np.uint64(1) << np.uint64(k)
    return bits


@kernel
def _add_by_background(
    codes: Codes, background: Codes, paths: _Paths, deep: Places, gain: Reals, loss: Reals, owners: Places, sums: Reals
) -> None:
    rows = background.shape[1]
    their_bits = np.empty(rows, np.uint64)
    for leaf in deep:
        start, stop = paths.starts[leaf], paths.starts[leaf + 1]
        ours = np.empty((stop - start, codes.shape[1]), np.bool_)
        theirs = np.empty((stop - start, rows), np.bool_)
        _pass(codes, paths, leaf, ours)
        _pass(background, paths, leaf, theirs)
        every = _every(stop - start)
        for other in range(rows):
            their_bits[other] = _bits(theirs, other)
        values = np.empty(stop - start)
        for row in range(codes.shape[1]):
            our_bits = _bits(ours, row)
            for k in range(stop - start):
                values[k] = 0.0
            for other in range(rows):
                # Few mixtures come to a deep leaf; most are ruled out by the first 64 tests at once.
                if our_bits | their_bits[other] == every:
                    _add_pair(ours[:, row], theirs[:, other], paths.value[leaf] / rows, gain, loss, values)
            for k in range(stop - start):
                sums[owners[paths.column[start + k]], row] += values[k]
