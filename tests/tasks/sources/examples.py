"""Deliveries small enough to read, for the tests of this room."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from tasks.project.calendar import Span
from tasks.sources.delivery import LABELS, ROWS, Delivery, Table
from tasks.sources.warehouse import AdmittedTable

DAY = date(2024, 1, 1)


def day(number: int) -> date:
    """The first of January 2024, and the days after it."""
    return DAY + timedelta(days=number)


def span(first: int, last: int | None = None) -> Span:
    """A span by numbers of days."""
    return Span(day(first), day(first if last is None else last))


def delivery(of: Span, rows_a_day: int = 2) -> Delivery:
    """A delivery that depends on its days alone: the delivery of a span is that of its days together."""
    at = [
        pd.Timestamp(of.start) + pd.Timedelta(days=d, hours=rows_a_day - i)
        for d in range(of.days)
        for i in range(rows_a_day)
    ]
    instants = pd.Series(at, dtype="datetime64[us, UTC]")
    keys = pd.Series([f"{moment:%m%d%H}" for moment in at], dtype=object)
    sex = pd.Series([["F", "M", None][i % 3] for i in range(len(at))], dtype=object)
    rows = pd.DataFrame(
        {"row_key": keys, "person": keys, "event_timestamp": instants, "arrived_timestamp": instants, "sex": sex}
    )
    labels = pd.DataFrame(
        {
            "row_key": keys,
            "label": pd.Series([i % 2 for i in range(len(at))], dtype="int8"),
            "outcome_timestamp": instants,
        }
    )
    features = pd.DataFrame(
        {
            "person": keys,
            "event_timestamp": instants,
            "created_timestamp": instants,
            "income": pd.Series([float(moment.day) if moment.hour > 1 else None for moment in at], dtype="float64"),
            "job": pd.Series([None] * len(at), dtype=object),
        }
    )
    return Delivery(of, (Table(ROWS, rows), Table(LABELS, labels), Table("features", features)))


def all_valid(delivered: Delivery) -> tuple[AdmittedTable, ...]:
    """The delivery with nothing set aside."""
    return tuple(
        AdmittedTable(table.name, table.frame, table.frame.iloc[:0].assign(reason="")) for table in delivered.tables
    )
