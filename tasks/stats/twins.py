"""Twins: rows whose features are all the same, found by hash."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.evidence.frame import Column, Frame


def feature_hashes(features: Frame) -> NDArray[np.uint64]:
    """One number a row, the same for rows with the same features (missing is a value like any other), shape (n,).

    64 bits: among 200,000 rows two different ones share a number with a chance of one in a billion.
    """
    if len(features.columns) == 0:
        return np.zeros(len(features), dtype=np.uint64)
    alike = pd.DataFrame({name: _alike(features[name]) for name in features.columns})
    hashes: NDArray[np.uint64] = pd.util.hash_pandas_object(alike, index=False).to_numpy(np.uint64)
    return hashes


def _alike(column: Column) -> Column:
    """Numbers as one type, so that 1 and 1.0 are the same, and 0 and -0 as well."""
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("float64") + 0.0
    return column.astype(object)


@dataclass(frozen=True, slots=True)
class Twins:
    """Twins among labelled rows.

    Attributes:
        n: rows.
        repeated: rows that have a twin.
        conflicting: rows that have a twin with the other label.
        largest: rows of the largest set of twins; 1 where no row has any.
    """

    n: int
    repeated: int
    conflicting: int
    largest: int


def twins(features: Frame, label: NDArray[np.int8]) -> Twins:
    """Count rows with the same features, and those of them whose labels contradict each other.

    Args:
        features: n rows.
        label: 0 or 1, shape (n,).
    """
    _, place, size = np.unique(feature_hashes(features), return_inverse=True, return_counts=True)
    events = np.bincount(place, label == 1, len(size))
    both = (events > 0) & (events < size)
    return Twins(len(label), int(size[size > 1].sum()), int(size[both].sum()), int(size.max(initial=0)))
