"""Codes: every column as whole numbers, between which the trees' tests cannot tell values apart any further.

A number's code is how many thresholds lie below it; missing is the highest code. A category's code is the model's own,
and 256 where it is missing or was not seen in training. Every test of a tree is then a set of codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.compiling import inner, kernel
from tasks.explain.ensembles import CODES, Ensemble

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int32]
Codes = NDArray[np.uint16] | NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class CodeBook:
    """How values become codes.

    Attributes:
        starts: first edge of each column, and the number of edges, shape (columns + 1,).
        edges: the thresholds of each column, rising.
        missing: code of a missing value, shape (columns,).
        categorical: which columns are categorical, shape (columns,).
        known: codes of a categorical column that training saw, shape (columns, 256).
        single: whether numbers are rounded to single precision first.
        node_code: at a numeric node, the highest code that goes left, shape (nodes,).
    """

    starts: Places
    edges: Reals
    missing: Places
    categorical: Flags
    known: Flags
    single: bool
    node_code: Places

    def encode(self, rows: Reals) -> Codes:
        """Codes of rows of the model's own matrix, shape (n, columns); the codes have shape (columns, n)."""
        codes: Codes = np.empty(
            rows.shape[::-1], dtype=np.uint16 if self.missing.max(initial=0) < 65_535 else np.uint32
        )
        _encode(rows, self.starts, self.edges, self.missing, self.categorical, self.known, self.single, codes)
        return codes


def code_book(ensemble: Ensemble) -> CodeBook:
    """The codes that an ensemble's tests need."""
    numeric = (ensemble.left >= 0) & (ensemble.category_set < 0)
    node_code = np.zeros(len(ensemble.column), dtype=np.int32)
    edges = []
    order = np.argsort(ensemble.column[numeric], kind="stable")
    nodes = np.flatnonzero(numeric)[order]
    bounds = np.searchsorted(ensemble.column[nodes], np.arange(ensemble.columns + 1))
    for start, stop in pairwise(bounds):
        found, place = np.unique(ensemble.threshold[nodes[start:stop]], return_inverse=True)
        edges.append(found)
        node_code[nodes[start:stop]] = place
    counts = np.array([len(found) for found in edges], dtype=np.int64)
    return CodeBook(
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        edges=np.concatenate(edges) if edges else np.empty(0),
        missing=np.where(ensemble.categorical, CODES, counts + 1).astype(np.int32),
        categorical=ensemble.categorical,
        known=ensemble.known,
        single=ensemble.single,
        node_code=node_code,
    )


@inner
def _below(edges: Reals, value: float) -> int:
    """How many edges lie below a value, at least one given; without a branch to mispredict."""
    start, left = 0, len(edges)
    while left > 1:
        half = left >> 1
        start += half if edges[start + half - 1] < value else 0
        left -= half
    return start + (1 if edges[start] < value else 0)


@inner
def _code(value: float, edges: Reals, missing: int, single: bool) -> int:
    if value != value:
        return missing
    return _below(edges, np.float64(np.float32(value)) if single else value)


@kernel
def _encode(
    rows: Reals,
    starts: Places,
    edges: Reals,
    missing: Places,
    categorical: Flags,
    known: Flags,
    single: bool,
    codes: Codes,
) -> None:
    for column in range(rows.shape[1]):
        tested = edges[starts[column] : starts[column + 1]]
        if categorical[column]:
            for row in range(rows.shape[0]):
                value = rows[row, column]
                seen = 0 <= value < 256 and known[column, int(value)]
                codes[column, row] = int(value) if seen else missing[column]
        elif len(tested) == 0:
            for row in range(rows.shape[0]):
                codes[column, row] = 0
        else:
            for row in range(rows.shape[0]):
                codes[column, row] = _code(rows[row, column], tested, missing[column], single)
