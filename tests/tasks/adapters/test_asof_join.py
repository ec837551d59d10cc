"""The join against a rule written as a loop, one left row at a time."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.adapters.asof_join import (
    MISSING,
    Integers,
    LeftRows,
    RightRows,
    encode_keys,
    latest_positions,
    newest_positions,
)

Rows = list[tuple[int, ...]]

_SETTINGS = settings(deadline=None)
_TIMES = st.integers(-4, 12)
_RIGHT = st.lists(st.tuples(st.integers(0, 3), _TIMES, st.one_of(st.just(MISSING), _TIMES)), max_size=40)
_LEFT = st.lists(st.tuples(st.integers(-1, 4), _TIMES), max_size=20)


def _columns(rows: list[tuple[int, ...]], width: int) -> list[Integers]:
    table = np.array(rows, dtype=np.int64).reshape(-1, width)
    return [np.ascontiguousarray(table[:, i]) for i in range(width)]


def _by_loop(left: Rows, right: Rows, ttl: int | None, known_at_time: bool) -> list[int]:
    answers = []
    for key, time in left:
        best = -1
        for position, (its_key, event, created) in enumerate(right):
            candidate = key == its_key and event <= time and (ttl is None or event >= time - ttl)
            if known_at_time and (created == MISSING or created > time):
                candidate = False
            if candidate and (best < 0 or (event, created, position) > (right[best][1], right[best][2], best)):
                best = position
        answers.append(best)
    return answers


@_SETTINGS
@given(_LEFT, _RIGHT, st.one_of(st.none(), st.integers(0, 6)), st.booleans())
def test_matches_the_rule_row_for_row(left: Rows, right: Rows, ttl: int | None, known_at_time: bool) -> None:
    found = newest_positions(
        LeftRows(*_columns(left, 2)), RightRows(*_columns(right, 3)), ttl=ttl, known_at_time=known_at_time
    )
    assert found.tolist() == _by_loop(left, right, ttl, known_at_time)


@pytest.mark.parametrize("late", [1, 2, 3, 63, 64, 65, 999])
def test_passes_over_any_number_of_late_rows(late: int) -> None:
    """One early row, then `late` rows that became known only at the end: the early one is the answer."""
    count = late + 1
    created = np.full(count, 10_000, dtype=np.int64)
    created[0] = 0
    right = RightRows(np.zeros(count, dtype=np.int64), np.arange(count, dtype=np.int64), created)
    asked = np.array([0, late // 2, late, 9_999], dtype=np.int64)
    left = LeftRows(np.zeros(4, dtype=np.int64), asked)
    assert newest_positions(left, right).tolist() == [0, 0, 0, 0]
    assert newest_positions(left, right, ttl=9_998).tolist() == [0, 0, 0, -1]


def test_a_long_backfill_costs_a_logarithm() -> None:
    """200,000 rows of one key, all created late: the answer is none, and found without a walk over all of them."""
    count = 200_000
    right = RightRows(
        np.zeros(count, dtype=np.int64), np.arange(count, dtype=np.int64), np.full(count, 10**9, dtype=np.int64)
    )
    left = LeftRows(np.zeros(count, dtype=np.int64), np.arange(count, dtype=np.int64))
    assert (newest_positions(left, right) == -1).all()


@_SETTINGS
@given(_RIGHT)
def test_latest_is_one_row_a_key(right: Rows) -> None:
    found = latest_positions(RightRows(*_columns(right, 3))).tolist()
    keys = sorted({row[0] for row in right})
    best = [max((row[1], row[2], i) for i, row in enumerate(right) if row[0] == key)[2] for key in keys]
    assert found == best


_PART = st.one_of(st.none(), st.sampled_from(["a", "b", "ab", ""]))


@_SETTINGS
@given(st.lists(st.tuples(_PART, _PART), max_size=12), st.lists(st.tuples(_PART, _PART), max_size=12))
def test_composite_codes_are_equal_exactly_when_the_keys_are(left: list, right: list) -> None:
    sides = [
        [pa.chunked_array([pa.array([key[i] for key in keys], pa.string())]) for i in (0, 1)] for keys in (left, right)
    ]
    left_codes, right_codes = encode_keys(*sides)
    for key, code in zip(left, left_codes, strict=True):
        assert (code < 0) == (None in key)
        for other, its_code in zip(right, right_codes, strict=True):
            if code >= 0:
                assert (code == its_code) == (key == other)
