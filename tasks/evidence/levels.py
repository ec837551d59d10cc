"""Levels: the categories of a column as texts. Used for features and for protected groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.evidence.frame import Frame

#: Rows of which it is first asked whether equal values are one object.
_PROBE = 4096


def level_counts(column: Frame) -> dict[str, int]:
    """Rows by level, as texts, without the missing ones."""
    counts: dict[str, int] = column.dropna().astype(str).value_counts().to_dict()
    return {level: rows for level, rows in counts.items() if rows}


def level_numbers(column: Frame, numbers: dict[str, int], *, otherwise: int, missing: int) -> NDArray[np.intp]:
    """A number for each row, (n,).

    Args:
        column: texts, a pandas Categorical (of which only the categories are looked up), or anything with a text.
        numbers: the number of each level that has one.
        otherwise: the number of every other level.
        missing: the number of a missing value.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        categories = [numbers.get(str(level), otherwise) for level in column.cat.categories]
        # A missing value has the code -1, which is the last.
        return _at(np.array([*categories, missing], dtype=np.intp), column.cat.codes.to_numpy())
    values = np.ascontiguousarray(column.to_numpy(object))
    if len(np.unique(_addresses(values[:_PROBE]))) > _PROBE // 2:
        return _looked_up(values, numbers, otherwise, missing)
    codes, objects = _objects(values)
    return _at(_looked_up(objects, numbers, otherwise, missing), codes)


def _objects(values: NDArray[np.object_]) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """The distinct objects of an array, and which of them each value is.

    Arrow, and whoever draws from a list of levels, gives one object to all equal texts. To tell objects apart takes
    an eighth of the time that it takes to compare texts.
    """
    codes, addresses = pd.factorize(_addresses(values))
    somewhere = np.full(len(addresses), -1)
    somewhere[codes[:_PROBE]] = np.arange(len(codes[:_PROBE]))
    if (somewhere < 0).any():
        somewhere[codes] = np.arange(len(values))
    return codes, values[somewhere]


def _addresses(values: NDArray[np.object_]) -> NDArray[np.intp]:
    """An array of objects holds their addresses; while it lives, two objects have two."""
    return np.ndarray(len(values), dtype=np.intp, buffer=values)


def _looked_up(values: NDArray[np.object_], numbers: dict[str, int], otherwise: int, missing: int) -> NDArray[np.intp]:
    found = pd.Index([*numbers], dtype=object).get_indexer(pd.Index(values, dtype=object))
    result = _at(np.array([*numbers.values(), otherwise], dtype=np.intp), found)
    # What was not found is missing, or no text yet, or a level without a number.
    rest = np.flatnonzero(found < 0)
    absent = pd.isna(values[rest])
    result[rest[absent]] = missing
    codes, texts = pd.factorize(pd.Series(values[rest[~absent]], dtype=object).astype(str))
    result[rest[~absent]] = np.array([numbers.get(text, otherwise) for text in texts], dtype=np.intp)[codes]
    return result


def _at(table: NDArray[np.intp], codes: NDArray[np.integer]) -> NDArray[np.intp]:
    """Entries of a table; -1 is the last one."""
    entries: NDArray[np.intp] = table[codes]
    return entries
