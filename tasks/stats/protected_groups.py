"""Groups of rows by a protected attribute, or by several at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.frame import Frame
from tasks.evidence.levels import level_counts, level_numbers

#: Between the names of the attributes of an intersection.
CROSS = "*"


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Rows by the levels of an attribute, or of an intersection of attributes.

    Attributes:
        name: 'sex', or 'sex*origin'.
        levels: 'female', or 'female*B'; those that some row has, in the order of their names.
        codes: index into `levels` of each row, shape (n,); the number of levels where a row has none.
        sizes: rows of each level, shape (levels,).
    """

    name: str
    levels: tuple[str, ...]
    codes: NDArray[np.intp]
    sizes: NDArray[np.int64]

    @property
    def largest(self) -> int:
        """The level with most rows, the first of them where several have; 0 when there is none."""
        return int(np.argmax(self.sizes)) if len(self.sizes) else 0

    def group(self, index: int) -> str:
        """A group's name for a reader: 'sex=female'; 'sex*origin=female*B'."""
        return f"{self.name}={self.levels[index]}"


def groupings(protected: Frame, intersections: tuple[str, ...] = ()) -> tuple[Grouping, ...]:
    """Group rows by every attribute, then by every intersection whose attributes are all there.

    A row that has no value for an attribute is in none of its groups, nor in one of an intersection with it.

    Args:
        protected: one column an attribute, n rows.
        intersections: names of attributes with an asterisk between them, such as 'sex*origin'.
    """
    single = {str(name): grouping(str(name), protected[name]) for name in protected.columns}
    crossed = [
        _crossed(name, [single[part] for part in parts_of(name)])
        for name in dict.fromkeys(intersections)
        if all(part in single for part in parts_of(name))
    ]
    return (*single.values(), *crossed)


def parts_of(intersection: str) -> tuple[str, ...]:
    """The attributes of an intersection: 'sex*origin' has 'sex' and 'origin'."""
    return tuple(part.strip() for part in intersection.split(CROSS))


def grouping(name: str, column: Frame) -> Grouping:
    """Group rows by one attribute.

    Args:
        name: of the attribute.
        column: texts, or None; n values.
    """
    levels = tuple(sorted(level_counts(column)))
    nobody = len(levels)
    numbers = {level: i for i, level in enumerate(levels)}
    codes = level_numbers(column, numbers, otherwise=nobody, missing=nobody)
    return Grouping(name, levels, codes, np.bincount(codes, minlength=nobody + 1)[:nobody].astype(np.int64))


def _crossed(name: str, parts: list[Grouping]) -> Grouping:
    sizes = tuple(len(part.levels) + 1 for part in parts)
    cells = np.ravel_multi_index([part.codes for part in parts], sizes)
    counts = np.bincount(cells, minlength=int(np.prod(sizes)))
    found = {}
    for cell in np.flatnonzero(counts):
        place = [int(at) for at in np.unravel_index(cell, sizes)]
        if all(at < len(part.levels) for at, part in zip(place, parts, strict=True)):
            found[int(cell)] = CROSS.join(part.levels[at] for at, part in zip(place, parts, strict=True))
    numbers = np.full(len(counts), len(found), dtype=np.intp)
    numbers[list(found)] = np.arange(len(found))
    return Grouping(name, tuple(found.values()), numbers[cells], counts[list(found)].astype(np.int64))
