"""Columns cut into levels for a slice search: bins of a number, levels of a category, each with its words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.edges import known_numbers, numbers_of, quantile_cuts
from tasks.evidence.frame import Column
from tasks.evidence.levels import level_counts, level_numbers
from tasks.evidence.wording import value

Reals = NDArray[np.float64]
Codes = NDArray[np.uint8]

#: Levels of a column at most, with the rare ones and the missing ones: a code is a byte.
MOST_LEVELS = 250


@dataclass(frozen=True, slots=True)
class SliceColumn:
    """A column as levels.

    Attributes:
        name: of the column.
        codes: level of each row, shape (n,).
        words: the condition that a level is, one a code: 'job = student', 'income below 1,200', 'income missing'.
    """

    name: str
    codes: Codes
    words: tuple[str, ...]


def binned(name: str, column: Column, bins: int) -> SliceColumn:
    """A number in bins of about equally many rows; a value that fills more than one bin gets one alone.

    Args:
        name: of the column.
        column: numbers, n rows; what is none, or infinite, is missing.
        bins: bins at most, beside those of single values and of the missing.
    """
    values = numbers_of(column)
    known = known_numbers(values)
    if len(known) == 0:
        return SliceColumn(name, np.zeros(len(values), dtype=np.uint8), (f"{name} missing",))
    cuts = quantile_cuts(known, bins)
    # The largest value is a bin alone only where it fills one.
    top = known.max() if bins * (known == known.max()).mean() >= 1 else np.nextafter(known.max(), -np.inf)
    cuts = cuts[(cuts > known.min()) & (cuts <= top)]
    missing = len(cuts) + 1
    present = np.isfinite(values)
    codes = np.full(len(values), missing, dtype=np.uint8)
    codes[present] = np.searchsorted(cuts, values[present], side="right")
    words = [_range(name, values[codes == code], cuts, code) for code in range(missing)]
    return SliceColumn(name, codes, (*words, *([] if present.all() else [f"{name} missing"])))


def _range(name: str, inside: Reals, cuts: Reals, code: int) -> str:
    """A bin in words. Its lower end is the smallest value in it: a cut may be the next float above a whole number."""
    if len(inside) and inside.min() == inside.max():
        return f"{name} = {value(float(inside[0]))}"
    if code == 0:
        return f"{name} below {value(float(cuts[0]))}"
    bottom = value(float(inside.min() if len(inside) else cuts[code - 1]))
    if code == len(cuts):
        return f"{name} of {bottom} or more"
    return f"{name} from {bottom} to below {value(float(cuts[code]))}"


def levelled(name: str, column: Column, fewest: int) -> SliceColumn:
    """A category by its levels, those with fewer rows pooled.

    Args:
        name: of the column.
        column: texts, n rows.
        fewest: rows of a level that is not pooled.
    """
    counts = level_counts(column)
    ordered = sorted(counts, key=lambda level: (-counts[level], level))[: MOST_LEVELS - 2]
    kept = [level for level in ordered if counts[level] >= fewest]
    numbers = {level: number for number, level in enumerate(kept)}
    codes = level_numbers(column, numbers, otherwise=len(kept), missing=len(kept) + 1)
    words = (*(f"{name} = {level}" for level in kept), f"{name} is a rare one", f"{name} missing")
    return SliceColumn(name, codes.astype(np.uint8), words)
