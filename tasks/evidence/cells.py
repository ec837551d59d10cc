"""Cells: the bins of many numeric columns side by side, filled a part of the rows at a time.

A column with B bins has B + 1 cells: its bins in order, then one for missing values.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tasks.evidence import cell_search
from tasks.evidence.cell_search import Counts, Reals


class Cells:
    """Counts, sums and sums of squares of K numeric columns, as they have been added.

    Attributes:
        totals: sum of each column, missing values left out, (K,).
        squares: sum of squares of each column, (K,).
    """

    def __init__(self, cuts: Sequence[Sequence[float]], mid_ranks: Sequence[Reals], rows: int) -> None:
        """Lay out the columns.

        Args:
            cuts: inner cut points of each column.
            mid_ranks: reference mid-rank of each bin, a column each.
            rows: how many rows will come; many are worth a compiled search.
        """
        self._starts = np.cumsum([0, *(len(ranks) + 1 for ranks in mid_ranks)], dtype=np.intp)
        self._ranks = np.concatenate([np.empty(0), *(np.append(ranks, 0.5) for ranks in mid_ranks)])
        self._cuts = cell_search.padded(cuts)
        self._counts = np.zeros(int(self._starts[-1]), dtype=np.int64)
        self._tally = cell_search.tally_for(rows)
        self.totals, self.squares = np.zeros(len(cuts)), np.zeros(len(cuts))

    def add(self, values: Reals, ranks: Reals) -> None:
        """Add a part of the rows.

        Args:
            values: the columns, (K, rows of the part); NaN, infinite or immense numbers are missing.
            ranks: receives the mid-rank of each value, 0.5 where it is missing, same shape.
        """
        self._tally(values, self._cuts, self._starts, self._ranks, self._counts, self.totals, self.squares, ranks)

    @property
    def histograms(self) -> tuple[Counts, ...]:
        """Rows by bin, missing values left out, an array a column."""
        return tuple(self._counts[a : b - 1] for a, b in zip(self._starts[:-1], self._starts[1:], strict=True))

    @property
    def nulls(self) -> Counts:
        """Missing values of each column, (K,)."""
        return self._counts[self._starts[1:] - 1]
