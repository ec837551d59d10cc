from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from tasks.adapters.duckdb_query import DuckdbQuery
from tasks.project.paths import Path
from tasks.sources.query_engine import ColumnKind, QueryColumn, Reading, day, inner, quoted, select, without_values
from tests.tasks.sources.examples import span


def test_names_are_quoted_whatever_they_hold() -> None:
    assert quoted('GO / SC "Num"') == '"GO / SC ""Num"""'


def test_the_query_may_end_in_a_semicolon_or_a_comment() -> None:
    assert inner(" SELECT 1 -- one ;\n ; ") == "(\nSELECT 1 -- one ;\n \n) AS assay_source"


def test_the_select_asks_for_the_span_and_for_what_has_no_instant() -> None:
    reading = Reading(("a", "b"), QueryColumn("at", ColumnKind.INSTANT, "timestamp"), span(0), known="b")
    sql = select("SELECT * FROM t", reading, DuckdbQuery(Path("/"), ""))
    assert sql == (
        'SELECT "a", "b" FROM (\nSELECT * FROM t\n) AS assay_source WHERE '
        "((CAST(\"at\" AS TIMESTAMPTZ) >= TIMESTAMPTZ '2023-12-31 23:59:59+00:00' "
        "AND CAST(\"at\" AS TIMESTAMPTZ) < TIMESTAMPTZ '2024-01-02 00:00:01+00:00') "
        'OR CAST("at" AS TIMESTAMPTZ) IS NULL) AND "b" IS NOT NULL'
    )


def test_the_day_of_an_instant_is_that_of_utc() -> None:
    east = timezone(timedelta(hours=3))
    for value in (
        "2024-01-01 23:00:00",
        date(2024, 1, 1),
        datetime(2024, 1, 1, 23),
        datetime(2024, 1, 1, 23, tzinfo=UTC),
        datetime(2024, 1, 2, 2, tzinfo=east),
    ):
        assert day(value) == date(2024, 1, 1)


def test_a_complaint_about_a_value_is_told_without_it() -> None:
    said = "Conversion Error: Could not convert string 'Jane O'Neil' to INT32\n\nLINE 1: 'Jane'"
    assert without_values(said) == "Conversion Error: Could not convert string '…' to INT32"
    assert without_values('invalid input syntax for type integer: "Jane"') == (
        'invalid input syntax for type integer: "…"'
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Conversion Error: Type INT64 with value 81726354 can't be cast because the value is out of range for INT8",
            "Conversion Error: Type INT64 with value … can't be cast because the value is out of range for INT8",
        ),
        (
            "Out of Range Error: Overflow in multiplication of INT32 (81726 * 354)!",
            "Out of Range Error: Overflow in multiplication of INT32 (… * …)!",
        ),
        ("value -81726.354e12 is out of range for type real", "value … is out of range for type real"),
        ("CSV Error on Line: 5", "CSV Error on Line: 5"),
    ],
)
def test_a_complaint_about_a_number_is_told_without_it(said: str, told: str) -> None:
    assert without_values(said) == told
