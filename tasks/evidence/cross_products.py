"""Cross products: sums over rows of the products of every two columns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.compiling import choose

Reals = NDArray[np.float64]

#: Columns are taken four at a time.
_STRIDE = 4


class CrossProducts:
    """Sums of u_i * u_j over the rows that have been added, (K, K).

    Attributes:
        columns: array of (columns, filled up with zeros to a multiple of four; rows of a part), to be written to.
    """

    def __init__(self, columns: int, part: int, rows: int) -> None:
        """Make room.

        Args:
            columns: K.
            part: most rows of a part.
            rows: how many rows will come; many are worth a compiled loop.
        """
        self._size = columns
        whole = -(-columns // _STRIDE) * _STRIDE
        self.columns = np.zeros((whole, part))
        self._sums = np.zeros((whole, whole))
        self._add: Callable[[Reals, Reals], None] = choose(rows, add_by_product, add_by_blocks)

    def add(self, rows: int) -> None:
        """Add what was written to the first so many rows of `columns`."""
        self._add(self.columns[:, :rows], self._sums)

    @property
    def sums(self) -> Reals:
        """The sums, (K, K)."""
        lower = np.tril(self._sums[: self._size, : self._size])
        return lower + np.tril(lower, -1).T


def add_by_product(columns: Reals, sums: Reals) -> None:
    """Add the products in numpy."""
    sums += columns @ columns.T


def add_by_blocks(columns: Reals, sums: Reals) -> None:
    """The same to be compiled, but only the lower triangle is right: two columns with four at a time.

    For a few dozens of columns that is quicker than a matrix library, and it takes one thread: threads that wait for
    each other over such small products cost ten times the CPU.
    """
    for i in range(0, columns.shape[0], 2):
        a, b = columns[i], columns[i + 1]
        for j in range(0, i + 2, 4):
            p, q, s, t = columns[j], columns[j + 1], columns[j + 2], columns[j + 3]
            ap = aq = as_ = at = bp = bq = bs = bt = 0.0
            for row in range(columns.shape[1]):
                x, y = a[row], b[row]
                ap += x * p[row]
                aq += x * q[row]
                as_ += x * s[row]
                at += x * t[row]
                bp += y * p[row]
                bq += y * q[row]
                bs += y * s[row]
                bt += y * t[row]
            sums[i, j] += ap
            sums[i, j + 1] += aq
            sums[i, j + 2] += as_
            sums[i, j + 3] += at
            sums[i + 1, j] += bp
            sums[i + 1, j + 1] += bq
            sums[i + 1, j + 2] += bs
            sums[i + 1, j + 3] += bt
