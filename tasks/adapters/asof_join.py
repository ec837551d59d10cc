"""As-of join in memory: for every left row the newest right row of its key that was known at its time.

The right rows are sorted once by (key, event, created). A left row's candidates are then one contiguous run, found
by binary search, and the newest candidate that had been created in time is found in a tree of minima over the sorted
creation times. Both are vectorised over the left rows, so the cost is O((n + m) log m) however late rows came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Integers = NDArray[np.int64]

#: A pyarrow column; pyarrow is not typed.
Column = Any

#: In place of a timestamp that is missing, and of a position where nothing matched: below everything.
MISSING: int = int(np.iinfo(np.int64).min)


@dataclass(frozen=True, slots=True, eq=False)
class LeftRows:
    """The rows that ask.

    Attributes:
        keys: dense key codes from 0, -1 for a row that cannot match (a null in its key, no time), shape (n,).
        times: microseconds since 1970 UTC, shape (n,).
    """

    keys: Integers
    times: Integers


@dataclass(frozen=True, slots=True, eq=False)
class RightRows:
    """The rows that answer, in any order.

    Attributes:
        keys: key codes on the same code book, none of them negative, shape (m,).
        times: when the row's values hold from, microseconds UTC, shape (m,).
        created: when the row became known, `MISSING` where unsaid, shape (m,).
    """

    keys: Integers
    times: Integers
    created: Integers

    def at(self, positions: Integers) -> RightRows:
        """The rows at some positions."""
        return RightRows(self.keys[positions], self.times[positions], self.created[positions])


def newest_positions(
    left: LeftRows, right: RightRows, *, ttl: int | None = None, known_at_time: bool = True
) -> Integers:
    """Position of each left row's match among the right rows; -1 without one.

    The match is the right row with the same key and the greatest (event time, time of creation), the later position
    winning a tie, among those with ``time - ttl <= event <= time`` and, when `known_at_time`, ``created <= time``
    (a row that does not say when it was created is then no candidate).

    Args:
        left: rows that ask, shape (n,).
        right: rows that answer, shape (m,).
        ttl: oldest age of an answer, in microseconds, inclusive; None for no limit.
        known_at_time: leave out rows created after the left row's time.

    Returns:
        Positions in the arrays of `right`, shape (n,), in the order of `left`.
    """
    can_match = np.flatnonzero(left.keys >= 0)
    positions = np.full(left.keys.size, -1, dtype=np.int64)
    if not right.keys.size or not can_match.size:
        return positions
    line = _Line.of(right, int(max(left.keys.max(), right.keys.max())) + 1)
    # Asked in the order of the line, neighbours search the same memory: four times faster.
    can_match = can_match[np.argsort(line.place(left.keys[can_match], left.times[can_match]))]
    keys, at = left.keys[can_match], left.times[can_match]
    newest = line.after(keys, at) - 1
    oldest = line.start(keys) if ttl is None else line.at_or_after(keys, at - ttl)
    if known_at_time:
        known = np.where(right.created == MISSING, np.iinfo(np.int64).max, right.created)[line.order]
        newest = _Minima.of(known).last_at_most(at, oldest, newest)
    positions[can_match] = np.where(newest >= oldest, line.order[newest], -1)
    return positions


def latest_positions(right: RightRows) -> Integers:
    """Position of the newest row of every key, by (event time, time of creation, position); in order of the keys."""
    if not right.keys.size:
        return np.empty(0, dtype=np.int64)
    keys = np.unique(right.keys)
    line = _Line.of(right, int(keys.max()) + 1)
    return line.order[line.start(keys + 1) - 1]


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """The right rows by (key, event, created, position), on one line of integers: key * size + tick of the event.

    Searching one sorted array of integers costs a fraction of sorting and searching by several columns.

    Attributes:
        order: positions of the rows along the line.
        places: the rows' integers, ascending.
        size: integers a key; 0 of them lies before every event of the key.
        low: time of tick 1, when ticks count microseconds.
        moments: the distinct event times, when they are counted instead because microseconds would overflow.
    """

    order: Integers
    places: Integers
    size: int
    low: int
    moments: Integers | None

    @classmethod
    def of(cls, rows: RightRows, keys: int) -> _Line:
        low = int(rows.times.min())
        size = int(rows.times.max()) - low + 3
        moments = np.unique(rows.times) if size * (keys + 1) > np.iinfo(np.int64).max else None
        if moments is not None:
            size = moments.size + 2
        line = cls(rows.times, rows.times, size, low, moments)
        places = line.place(rows.keys, rows.times)
        order = np.argsort(places)
        places = places[order]
        _settle_ties(order, places, rows.created)
        return cls(order, places, size, low, moments)

    def place(self, keys: Integers, times: Integers) -> Integers:
        """Where on the line a time of a key lies."""
        return keys * self.size + self._ticks(times)

    def start(self, keys: Integers) -> Integers:
        """Index of each key's first row on the line."""
        return np.searchsorted(self.places, keys * self.size)

    def after(self, keys: Integers, times: Integers) -> Integers:
        """Index of each key's first row later than the time."""
        return np.searchsorted(self.places, self.place(keys, times), side="right")

    def at_or_after(self, keys: Integers, times: Integers) -> Integers:
        """Index of each key's first row at the time or later."""
        return self.after(keys, times - 1)

    def _ticks(self, times: Integers) -> Integers:
        """How many ticks have passed at a time: 0 before the first event, the same from the last event on."""
        if self.moments is not None:
            return np.searchsorted(self.moments, times, side="right")
        return np.clip(times, self.low - 1, self.low + self.size - 3) - (self.low - 1)


def _settle_ties(order: Integers, places: Integers, created: Integers) -> None:
    """Put rows that share a place in the order of (created, position), in place."""
    same = places[1:] == places[:-1]
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    rows = order[tied]
    order[tied] = rows[np.lexsort((rows, created[rows], places[tied]))]


@dataclass(frozen=True, slots=True, eq=False)
class _Minima:
    """Minima of blocks of 1, 2, 4, ... values: answers 'the last position with a value at most x' in O(log m).

    Attributes:
        minima: the levels one after another; block i of level k covers values [i * 2^k, (i + 1) * 2^k).
        starts: where each level starts.
    """

    minima: Integers
    starts: Integers

    @classmethod
    def of(cls, values: Integers) -> _Minima:
        levels = [values]
        while levels[-1].size > 1:
            below = levels[-1]
            if below.size % 2:
                below = np.append(below, np.iinfo(np.int64).max)
            levels.append(below.reshape(-1, 2).min(axis=1))
        return cls(np.concatenate(levels), np.cumsum([0, *(level.size for level in levels)]))

    def last_at_most(self, limit: Integers, low: Integers, high: Integers) -> Integers:
        """Last position in [low, high] whose value is at most `limit`, else low - 1; each argument of shape (n,)."""
        found = high.copy()
        # Nearly every row is right at once: only the ones whose newest candidate came late take part.
        inside = high >= low
        late = np.flatnonzero(inside)[self.minima[high[inside]] > limit[inside]]
        block, level = high[late], np.zeros(late.size, dtype=np.int64)
        searching = np.arange(late.size)
        while searching.size:
            self._step_back(block, level, searching)
            ends = (block[searching] + 1) << level[searching]
            spent = ends <= low[late[searching]]
            block[searching[spent]], level[searching[spent]] = -1, 0
            searching = searching[~spent]
            above = self._value(block[searching], level[searching]) > limit[late[searching]]
            searching = searching[above]
        found[late] = np.maximum(self._descend(block, level, limit[late]), low[late] - 1)
        return found

    def _value(self, block: Integers, level: Integers) -> Integers:
        values: Integers = self.minima[self.starts[level] + block]
        return values

    @staticmethod
    def _step_back(block: Integers, level: Integers, rows: Integers) -> None:
        """Go to the block before; when that one is a right half, to the block of twice its size that it ends."""
        block[rows] -= 1
        widen = rows[(block[rows] & 1) == 1]
        widen = widen[block[widen] > 0]
        block[widen] >>= 1
        level[widen] += 1

    def _descend(self, block: Integers, level: Integers, limit: Integers) -> Integers:
        """Last position of each block whose value is at most the limit; blocks of -1 stay."""
        rows = np.flatnonzero((level > 0) & (block >= 0))
        while rows.size:
            level[rows] -= 1
            right = 2 * block[rows] + 1
            width = self.starts[level[rows] + 1] - self.starts[level[rows]]
            exists = right < width
            takes_right = exists.copy()
            takes_right[exists] = self._value(right[exists], level[rows[exists]]) <= limit[rows[exists]]
            block[rows] = np.where(takes_right, right, right - 1)
            rows = rows[level[rows] > 0]
        return block


def encode_keys(left: Sequence[Column], right: Sequence[Column]) -> tuple[Integers, Integers]:
    """Codes of the (composite) keys on one code book, made from the left keys.

    Args:
        left: one column a key part, at least one part, n values each.
        right: the same parts of the other side, of the types of `left`, m values each.

    Returns:
        Left codes from 0, and right codes; -1 where a part is null, and on the right also where the left has no
        such key.
    """
    codes: tuple[Integers, Integers] | None = None
    for ours, theirs in zip(left, right, strict=True):
        book = pc.drop_null(pc.unique(ours))
        parts = _positions_in(book, ours), _positions_in(book, theirs)
        codes = parts if codes is None else _combine(codes, parts, len(book))
    if codes is None:
        raise ValueError("expected at least one part of a key, received none")
    return codes


def _positions_in(book: Column, values: Column) -> Integers:
    codes = pc.fill_null(pc.index_in(values, value_set=book), -1)
    return np.asarray(codes.cast(pa.int64()).to_numpy())


def _combine(
    codes: tuple[Integers, Integers], parts: tuple[Integers, Integers], size: int
) -> tuple[Integers, Integers]:
    """Add one part to composite codes, and make them dense again so that they never overflow."""
    joined = [
        np.where((code < 0) | (part < 0), -1, code * size + part) for code, part in zip(codes, parts, strict=True)
    ]
    book = pa.array(np.unique(joined[0][joined[0] >= 0]))
    left, right = (_positions_in(book, pa.array(codes)) for codes in joined)
    return left, right
