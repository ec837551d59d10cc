"""Delivery and Source: what a source hands over for a span, and the one thing a source must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from tasks.evidence.frame import Frame
from tasks.project.calendar import Span

#: Names of the two tables that every delivery has; feature tables have names of their own.
ROWS = "rows"
LABELS = "labels"


@dataclass(frozen=True, slots=True)
class Table:
    """A named table of a delivery.

    Attributes:
        name: `rows`, `labels`, or the name of a feature table (lower case, letters, digits and underscores).
        frame: pandas DataFrame in the canonical form of its kind.
    """

    name: str
    frame: Frame


@dataclass(frozen=True, slots=True)
class Delivery:
    """Everything that became known in a span: rows by arrival, labels by outcome time, feature tables.

    Attributes:
        span: the span, in whole days.
        tables: `rows`, `labels`, then the feature tables, always in the same order, empty ones included.
    """

    span: Span
    tables: tuple[Table, ...]

    def table(self, name: str) -> Frame:
        """The frame of one table.

        Raises:
            KeyError: no such table in this delivery.
        """
        for table in self.tables:
            if table.name == name:
                return table.frame
        raise KeyError(name)


class Source(Protocol):
    """Where rows come from. The same span gives the same delivery for as long as the source is unchanged."""

    def first(self) -> date:
        """First day that has anything."""
        ...

    def last(self) -> date:
        """Last complete day; the default night."""
        ...

    def deliver(self, span: Span) -> Delivery:
        """What became known in the span.

        Raises:
            DataUnfit: the source's columns are not what the project says.
            CouldNotRun: the source cannot be reached.
        """
        ...
