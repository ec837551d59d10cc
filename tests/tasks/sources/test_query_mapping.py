from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

from tasks.sources.query_engine import ColumnKind
from tasks.sources.query_mapping import instants, texts, values

INSTANT = "datetime64[us, UTC]"


@pytest.mark.parametrize(
    "series",
    [
        pd.Series([datetime(2024, 1, 2, 3), None], dtype=object),
        pd.Series([datetime(2024, 1, 2, 3, tzinfo=UTC), None], dtype=object),
        pd.Series(["2024-01-02T03:00:00Z", None], dtype=object),
        pd.Series(["2024-01-02 03", "never"], dtype=object),
        pd.Series(pd.to_datetime(["2024-01-02 03:00", None])),
        pd.Series(pd.to_datetime(["2024-01-02 03:00", None])).astype("datetime64[ms]"),
        pd.Series(pd.to_datetime(["2024-01-02 04:00", None])).dt.tz_localize("Europe/Berlin"),
    ],
)
def test_instants_are_utc_to_the_microsecond(series: pd.Series) -> None:
    result = instants(series)
    assert str(result.dtype) == INSTANT
    assert result[0] == pd.Timestamp("2024-01-02 03:00", tz="UTC")
    assert pd.isna(result[1])


def test_instants_of_dates_nulls_and_nothing() -> None:
    assert instants(pd.Series([date(2024, 1, 2)], dtype=object))[0] == pd.Timestamp("2024-01-02", tz="UTC")
    for empty in (pd.Series([None, None], dtype=object), pd.Series([], dtype=object), pd.Series([np.nan])):
        assert str(instants(empty).dtype) == INSTANT
        assert instants(empty).isna().all()


def test_a_far_instant_keeps_its_microseconds() -> None:
    """The year 9999 stands for never in many a database; nanoseconds do not reach it."""
    far = pd.Series(np.array(["9999-12-31T23:59:59.999999"], dtype="datetime64[us]"))
    assert instants(far)[0].year == 9999


def test_texts_of_every_kind_of_category() -> None:
    key = UUID(int=7)
    raw = pd.Series(["a", "", 3, np.int64(2**60 + 1), Decimal("12"), True, np.False_, key, None, np.nan], dtype=object)
    assert texts(raw).tolist() == [
        "a", "", "3", "1152921504606846977", "12", "true", "false", str(key), None, None,
    ]  # fmt: skip
    assert texts(pd.Series([True, False])).tolist() == ["true", "false"]
    assert texts(pd.Series([], dtype=object)).dtype == object


def test_values_are_float64_or_text() -> None:
    numbers = pd.Series([1, 2.5, Decimal("0.1"), True, None], dtype=object)
    np.testing.assert_array_equal(values(numbers, ColumnKind.NUMBER), [1.0, 2.5, 0.1, 1.0, np.nan])
    assert values(pd.Series([None], dtype=object), ColumnKind.EMPTY).dtype == "float64"
    assert values(pd.Series([True, False]), ColumnKind.FLAG).tolist() == [1.0, 0.0]
    assert values(pd.Series(["a", None], dtype=object), ColumnKind.TEXT).tolist() == ["a", None]
