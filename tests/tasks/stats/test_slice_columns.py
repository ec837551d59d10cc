import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.slice_columns import binned, levelled


def test_a_number_is_cut_into_quarters_in_words():
    column = binned("income", pd.Series(np.arange(1000.0, 2000.0)), 4)
    assert column.words == (
        "income below 1,249",
        "income from 1,249 to below 1,499",
        "income from 1,499 to below 1,749",
        "income of 1,749 or more",
    )
    assert np.bincount(column.codes) == pytest.approx(250, abs=2)


def test_a_value_of_half_of_the_rows_is_a_level_alone():
    column = binned("delinquencies", pd.Series([0.0] * 60 + [1.0] * 20 + [2.0, 3.0] * 10), 4)
    assert column.words[0] == "delinquencies = 0"
    assert (column.codes == 0).sum() == 60


def test_missing_and_infinite_numbers_are_a_level():
    column = binned("x", pd.Series([1.0, 2.0, np.nan, np.inf, 3.0, 4.0]), 2)
    assert column.words[-1] == "x missing"
    assert list(np.flatnonzero(column.codes == len(column.words) - 1)) == [2, 3]


def test_a_column_of_nothing_is_missing():
    column = binned("x", pd.Series([np.nan, np.nan]), 4)
    assert column.words == ("x missing",)
    assert not column.codes.any()


def test_rare_levels_are_pooled():
    column = levelled("job", pd.Series(["a"] * 5 + ["b"] * 5 + ["c", "d", None]), 5)
    assert [column.words[code] for code in column.codes[-3:]] == ["job is a rare one"] * 2 + ["job missing"]
    assert column.words[:2] == ("job = a", "job = b")


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), min_size=1, max_size=60), st.integers(2, 8))
def test_every_row_is_in_a_level_with_words(values: list[float], bins: int):
    column = binned("x", pd.Series(values, dtype=float), bins)
    assert len(column.codes) == len(values)
    assert column.codes.max() < len(column.words)
    assert len(set(column.words)) >= len(np.unique(column.codes)) - 1
