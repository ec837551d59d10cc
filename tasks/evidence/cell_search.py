"""Cell search: the cell of every number of many columns, counted and summed on the way. In numpy, and compiled.

Both have one signature and do the same: `values` (K, n); `cuts` (K, C), padded with infinities; `starts` (K + 1,), the
first cell of each column; `cell_ranks`, the mid-rank of each cell; `counts`, `totals`, `squares`, which are added to;
`ranks` (K, n), which receives the mid-rank of each value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.compiling import choose

Reals = NDArray[np.float64]
Indices = NDArray[np.intp]
Counts = NDArray[np.int64]
Tally = Callable[[Reals, Reals, Indices, Reals, Counts, Reals, Reals, Reals], None]

#: Numbers beyond this are no measurements, and their squares do not add up in a float: they count as missing.
LARGEST = 1e150

#: Cuts that are compared in one go, and rows that stay in the processor's first cache meanwhile.
_STRIDE, _TILE = 8, 128


def padded(cuts: Sequence[Sequence[float]]) -> Reals:
    """The cuts of all columns as one array, (K, C), filled up with infinities to a multiple of the stride."""
    longest = max((len(column) for column in cuts), default=0)
    table = np.full((len(cuts), -(-longest // _STRIDE) * _STRIDE), np.inf)
    for row, column in zip(table, cuts, strict=True):
        row[: len(column)] = column
    return table


def tally_for(rows: int) -> Tally:
    """The search that so many rows are worth."""
    return choose(rows, tally_by_bisection, tally_by_comparison)


def tally_by_bisection(
    values: Reals,
    cuts: Reals,
    starts: Indices,
    cell_ranks: Reals,
    counts: Counts,
    totals: Reals,
    squares: Reals,
    ranks: Reals,
) -> None:
    """The search in numpy."""
    for k, column in enumerate(values):
        known = np.abs(column) <= LARGEST
        present = np.where(known, column, 0.0)
        cell = np.where(known, starts[k] + np.searchsorted(cuts[k], present, side="right"), starts[k + 1] - 1)
        counts += np.bincount(cell, minlength=len(counts))
        totals[k] += present.sum()
        squares[k] += present @ present
        ranks[k] = cell_ranks[cell]


def tally_by_comparison(
    values: Reals,
    cuts: Reals,
    starts: Indices,
    cell_ranks: Reals,
    counts: Counts,
    totals: Reals,
    squares: Reals,
    ranks: Reals,
) -> None:
    """The search to be compiled: every value is compared with every cut.

    A bisection waits for each comparison before it knows the next one. These wait for nothing, and a processor does
    several at a time: with some dozens of cuts that takes a tenth of the time.
    """
    own, below = np.empty(_TILE), np.empty(_TILE, dtype=np.int64)
    for k in range(values.shape[0]):
        total, square, first, missing = 0.0, 0.0, starts[k], starts[k + 1] - 1
        for begin in range(0, values.shape[1], _TILE):
            size = min(_TILE, values.shape[1] - begin)
            for row in range(size):
                own[row] = values[k, begin + row]
                below[row] = 0
            for i in range(0, cuts.shape[1], _STRIDE):
                a, b, c, d = cuts[k, i], cuts[k, i + 1], cuts[k, i + 2], cuts[k, i + 3]
                e, f, g, h = cuts[k, i + 4], cuts[k, i + 5], cuts[k, i + 6], cuts[k, i + 7]
                for row in range(size):
                    x = own[row]
                    below[row] += (
                        np.int64(x >= a) + np.int64(x >= b) + np.int64(x >= c) + np.int64(x >= d)
                        + np.int64(x >= e) + np.int64(x >= f) + np.int64(x >= g) + np.int64(x >= h)
                    )  # fmt: skip
            for row in range(size):
                x, cell = own[row], first + below[row]
                if not abs(x) <= LARGEST:
                    x, cell = 0.0, missing
                counts[cell] += 1
                total += x
                square += x * x
                ranks[k, begin + row] = cell_ranks[cell]
        totals[k] += total
        squares[k] += square
