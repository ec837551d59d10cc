"""Slice search: every slice of one or two columns, its mean, and whether that is above a limit by more than chance.

The lattice is that of Chung et al. (2019, Slice Finder) and Sagadeeva & Boehm (2021, SliceLine); instead of the worst
by a score, those are reported that a test over all of them (Holm 1979) finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from tasks.evidence.compiling import choose
from tasks.stats.slice_columns import SliceColumn

Reals = NDArray[np.float64]
Indices = NDArray[np.intp]
Marks = NDArray[np.bool_]

#: Sums of a slice: rows, values, squares of values, variances that a row has by chance alone.
_SUMS = 4


@dataclass(frozen=True, slots=True)
class Slices:
    """K slices with their sums. A column of -1 sets no condition: two of them are all rows.

    Attributes:
        conditions: (column, level, column, level) of each, shape (K, 4).
        sums: rows, sum of the values, sum of their squares, sum of the variances by chance, shape (K, 4).
    """

    conditions: Indices
    sums: Reals

    def __len__(self) -> int:
        return len(self.sums)

    @property
    def rows(self) -> Reals:
        """Rows of each, shape (K,)."""
        return self.sums[:, 0]

    @property
    def mean(self) -> Reals:
        """Mean value of each, shape (K,)."""
        mean: Reals = self.sums[:, 1] / self.sums[:, 0]
        return mean

    @property
    def standard_error(self) -> Reals:
        """Of each mean, shape (K,): by the sample or by chance alone, whichever is larger."""
        return standard_errors(self.sums)

    def of_at_least(self, rows: int) -> Slices:
        """Those with so many rows."""
        kept = self.rows >= rows
        return Slices(self.conditions[kept], self.sums[kept])


def standard_errors(sums: Reals) -> Reals:
    """Standard error of the mean, from sums as `Slices` has them, at least two rows each, shape (..., 4)."""
    rows, total, squares, chance = np.moveaxis(sums, -1, 0)
    sample = (squares - total**2 / rows) / np.maximum(rows - 1, 1)
    error: Reals = np.sqrt(np.maximum(sample, chance / rows) / rows)
    return error


def all_slices(columns: Sequence[SliceColumn], values: Reals, chance: Reals) -> Slices:
    """Sums over all rows, over every level of every column, and over every pair of levels of every two columns.

    Args:
        columns: the columns, n rows each.
        values: of the rows, shape (n,).
        chance: variance that each row's value has by chance alone, at least 0, shape (n,); 0 where it is not known.
    """
    row_sums = np.column_stack([np.ones(len(values)), values, values**2, chance])
    pairs = np.array(list(combinations(range(len(columns)), 2)), dtype=np.intp).reshape(-1, 2)
    sizes = np.array([len(column.words) for column in columns], dtype=np.intp)
    cells = sizes[pairs[:, 0]] * sizes[pairs[:, 1]]
    starts = np.cumsum(cells) - cells
    two_way = np.zeros((int(cells.sum()), _SUMS))
    if len(pairs):
        codes = np.stack([column.codes for column in columns])
        choose(len(values), _add_pairs, _loop_pairs)(codes, sizes, pairs, starts, row_sums, two_way)
    one_way = [_by_level(column.codes, len(column.words), row_sums) for column in columns]
    conditions = [np.full((1, 4), -1, dtype=np.intp)]
    conditions += [_conditions(i, int(size), -1, 1) for i, size in enumerate(sizes)]
    conditions += [_conditions(int(i), int(sizes[i]), int(j), int(sizes[j])) for i, j in pairs]
    return Slices(np.concatenate(conditions), np.concatenate([row_sums.sum(axis=0)[None], *one_way, two_way]))


def _conditions(first: int, levels: int, second: int, others: int) -> Indices:
    made = np.empty((levels * others, 4), dtype=np.intp)
    made[:, 0], made[:, 2] = first, second
    made[:, 1] = np.repeat(np.arange(levels), others)
    made[:, 3] = np.tile(np.arange(others), levels) if second >= 0 else -1
    return made


def _by_level(cells: NDArray[np.integer], size: int, row_sums: Reals) -> Reals:
    return np.stack([np.bincount(cells, weights, minlength=size) for weights in row_sums.T], axis=1)


def _add_pairs(
    codes: NDArray[np.uint8], sizes: Indices, pairs: Indices, starts: Indices, row_sums: Reals, sums: Reals
) -> None:
    for pair, start in zip(pairs, starts, strict=True):
        first, second = int(pair[0]), int(pair[1])
        size = int(sizes[first] * sizes[second])
        cells = codes[first].astype(np.intp) * sizes[second] + codes[second]
        sums[start : start + size] = _by_level(cells, size, row_sums)


def _loop_pairs(
    codes: NDArray[np.uint8], sizes: Indices, pairs: Indices, starts: Indices, row_sums: Reals, sums: Reals
) -> None:
    """The same in one pass over the rows a pair; a slice's four sums lie side by side, as do a row's four terms."""
    for p in range(len(pairs)):
        first, second, start = pairs[p, 0], pairs[p, 1], starts[p]
        size = sizes[second]
        for row in range(len(row_sums)):
            cell = start + np.intp(codes[first, row]) * size + np.intp(codes[second, row])
            for k in range(4):
                sums[cell, k] += row_sums[row, k]


@dataclass(frozen=True, slots=True)
class SliceEvidence:
    """Slices with a one-sided test of 'the mean is above the limit'.

    Attributes:
        slices: the slices.
        statistic: how many standard errors each mean lies above the limit, shape (K,).
        adjusted: p-value of each over all of them (Holm), shape (K,).
        half_width: from a mean to its lower bound that holds for all at once, shape (K,).
    """

    slices: Slices
    statistic: Reals
    adjusted: Reals
    half_width: Reals


def weigh(slices: Slices, limit: float, alpha: float) -> SliceEvidence:
    """Test every slice by Student's t, and correct for all of them by Holm (1979), whatever their dependence.

    Args:
        slices: slices of at least two rows.
        limit: mean that is still let pass.
        alpha: chance that any bound misses, shared among all (Bonferroni).
    """
    error, above = slices.standard_error, slices.mean - limit
    # Values that are all alike have no error: they lie above the limit for certain, or do not.
    certain = np.where(above > 0, np.inf, -np.inf)
    statistic = np.divide(above, error, out=certain, where=error > 0)
    freedom = slices.rows - 1
    p = stdtr(freedom, -statistic)
    return SliceEvidence(slices, statistic, holm(p), -stdtrit(freedom, alpha / max(len(p), 1)) * error)


def holm(p: Reals) -> Reals:
    """P-values corrected for their number: rejecting those of at most alpha errs at all with chance alpha at most.

    Holm (1979), Scandinavian Journal of Statistics 6; it holds under any dependence.
    """
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def members(columns: Sequence[SliceColumn], condition: Indices) -> Marks:
    """Which rows a slice holds, shape (n,).

    Args:
        columns: the columns, at least one.
        condition: (column, level, column, level), -1 for none.
    """
    inside = np.ones(len(columns[0].codes), dtype=bool)
    for column, level in (condition[:2], condition[2:]):
        if column >= 0:
            inside &= columns[column].codes == level
    return inside


def distinct(
    found: SliceEvidence, columns: Sequence[SliceColumn], values: Reals, chance: Reals, limit: float, alpha: float
) -> list[int]:
    """Which of the slices that a test found say something of their own, strongest evidence first.

    A slice is left out where those before it explain it: the rows that it does not share with them are not above the
    limit, and it is no worse than the rest of each slice before it that holds it. Last, one that the others explain is
    left out again: a whole of which only a part is worse. All is asked at alpha, shared among the slices found.

    Args:
        found: slices with their tests.
        columns: the columns they are of.
        values: of the rows, shape (n,).
        chance: variance by chance alone, shape (n,).
        limit: mean that is still let pass.
        alpha: level, also of the first test.
    """
    row_sums = np.column_stack([np.ones(len(values)), values, values**2, chance])
    flagged = np.flatnonzero(found.adjusted <= alpha)
    level = alpha / max(len(flagged), 1)
    told: dict[int, Marks] = {}
    covered = np.zeros(len(values), dtype=bool)
    for index in flagged[np.argsort(-found.statistic[flagged], kind="stable")]:
        inside = members(columns, found.slices.conditions[index])
        wholes = [one for one in told if _holds(found.slices.conditions[one], found.slices.conditions[index])]
        own, fresh = found.slices.sums[index], row_sums[inside & ~covered].sum(axis=0)
        worse = wholes and all(_worse(own, found.slices.sums[whole] - own, level) for whole in wholes)
        if worse or _above(fresh, limit, level):
            told[int(index)] = inside
            covered |= inside
    for index, inside in list(told.items()):
        own = found.slices.conditions[index]
        others = [rows for other, rows in told.items() if not _holds(found.slices.conditions[other], own)]
        if others and not _above(row_sums[inside & ~np.logical_or.reduce(others)].sum(axis=0), limit, level):
            del told[index]
    return list(told)


def _holds(whole: Indices, part: Indices) -> bool:
    """Whether every condition of the one is a condition of the other."""
    asked = {(int(whole[0]), int(whole[1])), (int(whole[2]), int(whole[3]))} - {(-1, -1)}
    return asked <= {(int(part[0]), int(part[1])), (int(part[2]), int(part[3]))}


def _above(sums: Reals, limit: float, alpha: float) -> bool:
    if sums[0] < 2:
        return False
    return bool(sums[1] / sums[0] - limit > -stdtrit(sums[0] - 1, alpha) * standard_errors(sums))


def _worse(own: Reals, rest: Reals, alpha: float) -> bool:
    """Whether rows have a higher mean than the rest (Welch 1947, with the freedom of the smaller part)."""
    fewest = min(own[0], rest[0])
    if fewest < 2:
        return False
    error = np.hypot(standard_errors(own), standard_errors(rest))
    return bool(own[1] / own[0] - rest[1] / rest[0] > -stdtrit(fewest - 1, alpha) * error)
