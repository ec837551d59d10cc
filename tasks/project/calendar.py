"""Nights, batches and spans: the only place that knows how dates become intervals of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum


class Every(StrEnum):
    """How often a batch comes."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    @property
    def a_year(self) -> int:
        """Batches a year, the unit of every budget of false alarms."""
        return _A_YEAR[self]


_A_YEAR = {Every.DAY: 365, Every.WEEK: 52, Every.MONTH: 12, Every.YEAR: 1}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Whole days, first and last included. In time: [first 00:00, the day after last 00:00), UTC.

    Attributes:
        first: first day.
        last: last day, not before `first`.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse a span that ends before it begins."""
        if self.last < self.first:
            raise ValueError(f"a span must not end ({self.last}) before it begins ({self.first})")

    @property
    def start(self) -> datetime:
        """First instant of the span (UTC, inclusive)."""
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """First instant after the span (UTC, exclusive)."""
        return _midnight(self.last + timedelta(days=1))

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    @property
    def name(self) -> str:
        """File-name form: one date, or `first_last`."""
        return str(self.first) if self.first == self.last else f"{self.first}_{self.last}"

    @classmethod
    def parse(cls, name: str) -> Span:
        """Read back what `name` wrote."""
        first, _, last = name.partition("_")
        return cls(date.fromisoformat(first), date.fromisoformat(last or first))

    def __contains__(self, day: date) -> bool:
        """Whether a day lies in the span."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Calendar:
    """Turns a night's logical date into the span of its batch, and back in steps of a batch.

    A night is named by its `as_of`, the last day of its batch. A day batch is that day; a week batch the
    seven days that end on it; a month batch the days of its month up to it; a year batch the days of its year up to it.
    """

    every: Every

    def batch(self, as_of: date) -> Span:
        """Span of the batch that is judged on the night `as_of`."""
        match self.every:
            case Every.DAY:
                return Span(as_of, as_of)
            case Every.WEEK:
                return Span(as_of - timedelta(days=6), as_of)
            case Every.MONTH:
                return Span(as_of.replace(day=1), as_of)
            case Every.YEAR:
                return Span(as_of.replace(month=1, day=1), as_of)

    def is_night(self, day: date) -> bool:
        """Whether a batch ends on that day: any day for days and weeks, the last one of a month or year otherwise."""
        following = day + timedelta(days=1)
        match self.every:
            case Every.DAY | Every.WEEK:
                return True
            case Every.MONTH:
                return following.day == 1
            case Every.YEAR:
                return (following.month, following.day) == (1, 1)

    def last_night(self, day: date) -> date:
        """The newest night up to a day: the last one whose batch is complete by then."""
        return day if self.is_night(day) else self.batch(day).first - timedelta(days=1)

    def previous(self, as_of: date, steps: int = 1) -> date:
        """The night `steps` batches before `as_of`."""
        for _ in range(steps):
            as_of = self.batch(as_of).first - timedelta(days=1)
        return as_of

    def window(self, as_of: date, batches: int) -> Span:
        """The span of `batches` consecutive batches that ends with the batch of `as_of`."""
        return Span(self.batch(self.previous(as_of, batches - 1)).first, as_of)

    def nights(self, span: Span) -> tuple[date, ...]:
        """The nights whose batches make up `span`, in order of time, the last one being `span.last`."""
        nights = []
        as_of = span.last
        while as_of >= span.first:
            nights.append(as_of)
            as_of = self.previous(as_of)
        return tuple(reversed(nights))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
