"""Tree engine: exact Shapley values of tree ensembles, by one look-up a row, leaf group and column."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from tasks.explain.codes import CodeBook, Codes, code_book
from tasks.explain.deep_leaves import add_deep_contributions, deep_base
from tasks.explain.ensembles import Ensemble
from tasks.explain.leaf_groups import MOST_TESTS, LeafGroups, group_leaves
from tasks.explain.leaf_paths import LeafPaths, leaf_paths
from tasks.explain.lookups import add_contributions, cell_frequencies
from tasks.explain.shapley_tables import build_tables
from tasks.project.errors import AttributionMismatch

Reals = NDArray[np.float64]
Places = NDArray[np.int32]

#: Rows explained at once, by one thread.
_BLOCK = 16_384

#: Leaves tabulated at once.
_LEAVES = 2048

#: An ensemble of no more leaves whose tables have no more values (256 megabytes) keeps them. Any other is tabulated
#: anew for each call, so many values (32 megabytes) at a time.
_KEPT_LEAVES = 16_384
_KEPT_VALUES = 1 << 25
_PASSING_VALUES = 1 << 22

#: Cells of a group, at most, and at least. More make fewer look-ups, and tables that leave the processor's cache.
_CELLS = 2048
_FEWEST_CELLS = 32


@dataclass(frozen=True, slots=True)
class _Limits:
    """Cells of a group, and tests of a leaf that is tabulated, at most."""

    cells: int
    tests: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """Some trees, in groups."""

    paths: LeafPaths
    groups: LeafGroups


@dataclass(frozen=True, slots=True)
class _Part:
    """Some trees, tabulated; `base` is what they make of a row of which nothing is known."""

    paths: LeafPaths
    groups: LeafGroups
    tables: Reals
    base: float


@dataclass(frozen=True, slots=True)
class TreeEngine:
    """An ensemble, ready to be explained.

    Attributes:
        ensemble: the trees.
        book: how values become codes.
        background: codes of the background rows, shape (columns, m); None for path-dependent values.
        kept: the tables, where they are kept; none for a large ensemble.
    """

    ensemble: Ensemble
    book: CodeBook
    background: Codes | None
    kept: tuple[_Part, ...]

    def contributions(self, rows: Reals, owners: NDArray[np.intp], features: int) -> tuple[Reals, float]:
        """Shapley values of some rows: of a column a player; those of one feature's columns are added up.

        Args:
            rows: the model's own matrix, shape (n, columns); n may be 0.
            owners: which feature each column belongs to, shape (columns,).
            features: number of features.

        Returns:
            Values, shape (n, features), and the base.

        Raises:
            AttributionMismatch: the rows have another number of columns than the ensemble.
        """
        _check_columns(rows, self.ensemble)
        values = np.zeros((len(rows), features))
        owned = owners.astype(np.int32)
        base = self.ensemble.offset
        blocks = [slice(start, start + _BLOCK) for start in range(0, len(rows), _BLOCK)]
        with ThreadPoolExecutor(_threads()) as pool:
            for parts in self._parts(pool, len(rows)):
                base += sum(part.base for part in parts)
                list(pool.map(lambda block, parts=parts: self._add(rows[block], parts, owned, values[block]), blocks))
        return values, base

    def _parts(self, pool: ThreadPoolExecutor, rows: int) -> Iterator[tuple[_Part, ...]]:
        """The tables: those that are kept, or a few at a time."""
        if self.kept:
            yield self.kept
            return
        planned = self._planned(_limits(rows))
        while chosen := tuple(islice(planned, _threads())):
            yield tuple(pool.map(lambda plan: _tabulated(plan, self.background), chosen))

    def _planned(self, limits: _Limits) -> Iterator[_Plan]:
        for plan in _plans(self.ensemble, self.book, limits):
            for groups in plan.groups.split(_PASSING_VALUES):
                yield _Plan(plan.paths, groups)

    def _add(self, rows: Reals, parts: tuple[_Part, ...], owners: Places, values: Reals) -> None:
        codes = self.book.encode(np.ascontiguousarray(rows, dtype=np.float64))
        sums = np.zeros(values.shape[::-1])
        for part in parts:
            add_contributions(codes, part.groups, part.tables, owners, sums)
            add_deep_contributions(codes, part.paths, part.groups.deep, self.background, owners, sums)
        values += sums.T


def tree_engine(ensemble: Ensemble, background: Reals | None = None) -> TreeEngine:
    """Make an ensemble ready.

    Args:
        ensemble: the trees.
        background: rows of the model's own matrix, shape (m, columns), m at least 1, for interventional values; None
            for path-dependent ones.

    Raises:
        AttributionMismatch: the background has no rows, or another number of columns than the ensemble.
    """
    book = code_book(ensemble)
    codes = None
    if background is not None:
        _check_columns(background, ensemble)
        if not len(background):
            raise AttributionMismatch("expected background rows, received none; give at least one training row")
        codes = book.encode(np.ascontiguousarray(background, dtype=np.float64))
    kept: tuple[_Part, ...] = ()
    if int((ensemble.left < 0).sum()) <= _KEPT_LEAVES:
        plans = tuple(_plans(ensemble, book, _Limits(_CELLS, MOST_TESTS)))
        if sum(int(plan.groups.table_starts[-1]) for plan in plans) <= _KEPT_VALUES:
            kept = tuple(_tabulated(plan, codes) for plan in plans)
    return TreeEngine(ensemble, book, codes, kept)


def _plans(ensemble: Ensemble, book: CodeBook, limits: _Limits) -> Iterator[_Plan]:
    """The leaves in groups, some trees at a time."""
    leaves = np.add.reduceat(ensemble.left < 0, ensemble.starts[:-1], dtype=np.int64)
    batch = (np.cumsum(leaves) - leaves) // _LEAVES
    bounds = [*np.flatnonzero(np.diff(batch, prepend=-1)).tolist(), len(leaves)]
    for trees in pairwise(bounds):
        paths = leaf_paths(ensemble, book, *trees)
        codes = int(book.missing.max(initial=0))
        yield _Plan(paths, group_leaves(ensemble, paths, trees, limits.cells, limits.tests, codes))


def _tabulated(plan: _Plan, background: Codes | None) -> _Part:
    frequencies = None if background is None else cell_frequencies(background, plan.groups)
    tables, base = build_tables(plan.paths, plan.groups, frequencies)
    return _Part(plan.paths, plan.groups, tables, base + deep_base(plan.paths, plan.groups.deep, background))


def _limits(rows: int) -> _Limits:
    """What pays within one call for so many rows."""
    cells = min(max(rows // 4, _FEWEST_CELLS), _CELLS)
    return _Limits(cells, min(cells.bit_length(), MOST_TESTS))


def _threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check_columns(rows: Reals, ensemble: Ensemble) -> None:
    if rows.ndim != 2 or rows.shape[1] != ensemble.columns:
        raise AttributionMismatch(
            f"expected rows of the {ensemble.columns} columns that the trees were grown on, received the shape "
            f"{rows.shape}; prepare the rows with the model's own pipeline"
        )
