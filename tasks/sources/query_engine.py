"""What a database must be able to do for a query source, and the one SELECT that all of them are asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from tasks.evidence.frame import Frame
from tasks.project.calendar import Span

#: Databases round fractions of a second differently, so they are asked for a little more than the span and the exact
#: bounds are drawn once, in `query_mapping`, the same for all of them.
MARGIN = timedelta(seconds=1)


_QUOTED = re.compile(r"(['\"]).*\1")
_NUMBER = re.compile(r"(?<![A-Za-z_\d.])(?<!Line: )(?<!LINE )[-+]?\d[\d.,:]*(?:[eE][-+]?\d+)?")


class ColumnKind(StrEnum):
    """What a column of a query holds, whatever the database calls it; the value is the name for a reader."""

    WHOLE = "whole numbers"
    NUMBER = "numbers"
    FLAG = "true or false"
    TEXT = "text"
    INSTANT = "dates or timestamps"
    EMPTY = "nothing but null"
    OTHER = "something else"


@dataclass(frozen=True, slots=True)
class QueryColumn:
    """One column that the query yields.

    Attributes:
        name: its name.
        kind: what it holds.
        declared: the database's own name of the type, for messages.
    """

    name: str
    kind: ColumnKind
    declared: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What to read of the query.

    Attributes:
        columns: names of the columns to read.
        instant: the column whose instant must lie in the span; rows where it is null or unreadable are read as well,
            so that they are reported instead of lost between the nights.
        span: the span, in whole days UTC.
        known: name of a column that must not be null; empty for none.
    """

    columns: tuple[str, ...]
    instant: QueryColumn
    span: Span
    known: str = ""


class QueryEngine(Protocol):
    """A database, or files seen through one, with the project's query bound to it."""

    def columns(self) -> tuple[QueryColumn, ...]:
        """The columns that the query yields, in its order.

        Raises:
            ConfigurationError: the query cannot be run as it is written.
            CouldNotRun: the database cannot be reached.
        """
        ...

    def extent(self, instant: QueryColumn) -> tuple[date, date] | None:
        """First and last day (UTC) of a timestamp column; None when no row has one."""
        ...

    def fetch(self, reading: Reading) -> Frame:
        """The rows of a reading, a pandas column each, null as None or NaN; at most one second beyond the span."""
        ...


class Dialect(Protocol):
    """What differs between databases in the one SELECT."""

    def instant(self, column: QueryColumn) -> str:
        """Expression of the column's instant in UTC; null where it is null or unreadable."""
        ...

    def literal(self, moment: datetime) -> str:
        """An instant to compare that expression with."""
        ...


def quoted(name: str) -> str:
    """A column name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def inner(query: str) -> str:
    """The user's query as a relation; on lines of its own, so that a comment at its end cannot swallow ours."""
    return f"(\n{query.strip().rstrip(';')}\n) AS assay_source"


def select(query: str, reading: Reading, dialect: Dialect) -> str:
    """The SELECT of a reading."""
    instant = dialect.instant(reading.instant)
    start, end = dialect.literal(reading.span.start - MARGIN), dialect.literal(reading.span.end + MARGIN)
    where = f"(({instant} >= {start} AND {instant} < {end}) OR {instant} IS NULL)"
    if reading.known:
        where += f" AND {quoted(reading.known)} IS NOT NULL"
    columns = ", ".join(quoted(name) for name in reading.columns)
    # The query is the engineer's own file and the rest is quoted or made from dates: nothing here comes from data.
    return f"SELECT {columns} FROM {inner(query)} WHERE {where}"  # noqa: S608


def select_extent(query: str, instant: QueryColumn, dialect: Dialect) -> str:
    """The SELECT of the first and the last instant."""
    expression = dialect.instant(instant)
    return f"SELECT min({expression}), max({expression}) FROM {inner(query)}"  # noqa: S608


def day(value: str | date | datetime) -> date:
    """Day (UTC) of an instant as a database hands it over."""
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    if isinstance(value, datetime):
        return (value if value.tzinfo is None else value.astimezone(UTC)).date()
    return value


def without_values(message: str) -> str:
    """First line of a database's complaint about a value, with the value left out: logs hold no row values.

    Every number goes too, but that of a line of a file: an overflow is told with what was multiplied.
    """
    return _NUMBER.sub("…", _QUOTED.sub(r"\1…\1", message.strip().splitlines()[0]))
