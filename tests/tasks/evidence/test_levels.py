from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.levels import level_counts, level_numbers

NUMBERS = {"a": 0, "b": 5, "7": 2}
OTHERWISE, MISSING = 98, 99
LEVELS = st.sampled_from(["a", "b", "c", "", "7", 7, None, float("nan"), True])


def numbered(column: Any, numbers: dict[str, int] = NUMBERS) -> list[int]:
    return level_numbers(column, numbers, otherwise=OTHERWISE, missing=MISSING).tolist()


def by_hand(values: list[Any]) -> list[int]:
    return [MISSING if pd.isna(value) else NUMBERS.get(str(value), OTHERWISE) for value in values]


@settings(deadline=None, derandomize=True)
@given(st.lists(LEVELS, max_size=50))
def test_a_level_has_the_number_of_its_text(values: list[Any]):
    assert numbered(pd.Series(values, dtype=object)) == by_hand(values)


@settings(deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(["a", "b", "c", "7", None]), max_size=50))
def test_the_kind_of_a_column_does_not_matter(values: list[Any]):
    plain = pd.Series(values, dtype=object)
    assert numbered(plain.astype("category")) == numbered(plain.astype("string")) == numbered(plain)
    assert level_counts(plain.astype("category")) == level_counts(plain.astype("string")) == level_counts(plain)


def test_numbers_and_flags_are_read_as_their_texts():
    assert numbered(pd.Series([7, 8])) == [2, OTHERWISE]
    assert numbered(pd.Series([True, False]), {"True": 1}) == [1, OTHERWISE]
    assert numbered(pd.Series([7.5, np.nan]), {"7.5": 1}) == [1, MISSING]
    assert numbered(pd.Series([7, None], dtype="Int64")) == [2, MISSING]


@pytest.mark.parametrize("distinct", [False, True], ids=["one object a level", "an object a row"])
def test_a_level_that_first_comes_after_many_rows_has_its_number(distinct: bool):
    """Whether equal texts are one object is asked of the first rows only."""
    texts = ["a", "b"] * 3000 + ["c", "7"]
    # A slice of a longer text is an object of its own.
    values: list[Any] = [(text + "x" * 9)[:-9] for text in texts] if distinct else texts
    assert numbered(pd.Series([*values, None], dtype=object)) == by_hand([*texts, None])


def test_every_other_row_of_a_column_is_read_as_it_stands():
    column = pd.DataFrame({"x": ["a", "b", "c", None] * 3, "y": ["b"] * 12}, dtype=object)["x"].iloc[::2]
    assert numbered(column) == [0, OTHERWISE] * 3


@settings(deadline=None, derandomize=True)
@given(st.lists(LEVELS, max_size=50))
def test_counts_leave_out_the_missing_ones_and_no_other(values: list[Any]):
    counts = level_counts(pd.Series(values, dtype=object))
    known = [str(value) for value in values if not pd.isna(value)]
    assert counts == {level: known.count(level) for level in known}


def test_a_category_that_no_row_has_is_no_level():
    column = pd.Series(["a", "a"]).astype(pd.CategoricalDtype(["a", "never"]))
    assert level_counts(column) == {"a": 2}
    assert numbered(column, {"never": 3, "a": 1}) == [1, 1]


@pytest.mark.parametrize("dtype", [object, "category", "string", "float64"])
def test_columns_without_a_value_have_no_level(dtype: str):
    assert level_counts(pd.Series([None, None], dtype=dtype)) == level_counts(pd.Series([], dtype=dtype)) == {}
    assert numbered(pd.Series([None, None], dtype=dtype)) == [MISSING] * 2
    assert numbered(pd.Series([], dtype=dtype)) == []


def test_without_a_numbered_level_every_row_is_another_one():
    assert numbered(pd.Series(["a", None], dtype=object), {}) == [OTHERWISE, MISSING]
