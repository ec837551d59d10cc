"""The tables that the simulated lender delivers: the truth of some applications, as its feeds write it down."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import TypeVar, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.evidence.frame import Frame
from tasks.sources import simulated_applicants as people
from tasks.sources import simulated_risk as risk
from tasks.sources.simulated_applications import CHANNEL, DAY_US, PURPOSE
from tasks.sources.simulated_draws import Draws, Flags, Integers, Reals
from tasks.sources.simulated_incidents import Incidents

#: Days from an application to its label.
MATURITY_DAYS = 90

Names = NDArray[np.object_]
Part = TypeVar("Part")
Column = TypeVar("Column", Integers, Reals, Names)

_MINUTE_US = 60_000_000
_HOUR_US = 60 * _MINUTE_US


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open interval of time, in microseconds since 1970: what arrives in it is delivered."""

    start: int
    end: int

    def holds(self, time: Integers) -> Flags:
        """Which of the times lie in the window."""
        inside: Flags = (self.start <= time) & (time < self.end)
        return inside


@dataclass(frozen=True, slots=True)
class Book:
    """Some nights of applications, decided, with all that is true of them.

    Attributes:
        truth: all that is true of them.
        population: where the applicants come from.
        incidents: what goes wrong on the way to the tables.
        row_keys: names of the applications, shape (n,); in order of time.
        applicant_names: names of the applicants, shape (n,).
        arrival: when each row arrives, microseconds since 1970.
        decided: index into `risk.APPROVAL`.
    """

    truth: risk.Truth
    population: people.Population
    incidents: Incidents
    row_keys: Names
    applicant_names: Names
    arrival: Integers
    decided: Integers


def open_book(truth: risk.Truth, population: people.Population, incidents: Incidents) -> Book:
    """Name and decide the applications, and date their arrival."""
    night = _written_nights(truth.applications.day)
    numbers = truth.applications.number.tolist()
    keys = [f"a{written}-{number:07d}" for written, number in zip(night, numbers, strict=True)]
    return Book(
        truth=truth,
        population=population,
        incidents=incidents,
        row_keys=_texts(keys),
        applicant_names=_texts([f"c{number:010d}" for number in truth.applications.applicant.tolist()]),
        arrival=incidents.arrivals(truth),
        decided=risk.approval(truth),
    )


def rows_table(book: Book, window: Window) -> Frame:
    """Rows by arrival, then by key, those that are delivered again among them."""
    again = np.flatnonzero(book.incidents.delivered_again(book.truth))
    # What is delivered again comes with the feeds, at five in the morning after.
    again_at = (book.truth.applications.day[again] + 1) * DAY_US + 5 * _HOUR_US
    index = np.concatenate([np.arange(len(book.row_keys)), again])
    arrived = np.concatenate([book.arrival, again_at])
    # Rows are in order of their keys already, so a stable sort by arrival leaves ties in that order.
    chosen = np.flatnonzero(window.holds(arrived))
    chosen = chosen[np.lexsort((index[chosen], arrived[chosen]))]
    at = index[chosen]
    traits = book.truth.traits
    return pd.DataFrame(
        {
            "row_key": book.row_keys[at],
            "application_id": book.row_keys[at],
            "applicant_id": book.applicant_names[at],
            "event_timestamp": _times(book.truth.applications.event[at]),
            "arrived_timestamp": _times(arrived[chosen]),
            "sex": _levels(people.SEX, traits.sex[at]),
            "age_band": _levels(people.AGE_BAND, traits.age_band[at]),
            "origin": _levels(people.ORIGIN, traits.origin[at]),
            "approval": _levels(risk.APPROVAL, book.decided[at]),
            "propensity": risk.propensity(book.decided[at]),
        }
    )


def labels_table(book: Book, window: Window) -> Frame:
    """Labels of approved applications by outcome time, then by key."""
    outcome = book.truth.applications.event + MATURITY_DAYS * DAY_US
    at = np.flatnonzero((book.decided != risk.REFUSED) & window.holds(outcome))
    at = at[np.argsort(outcome[at], kind="stable")]
    truth = taken(book.truth, at)
    defaulted = risk.defaults(truth, book.incidents.shifted(risk.log_odds(truth), truth))
    label = book.incidents.delivered_labels(defaulted, truth, outcome[at])
    return pd.DataFrame(
        {
            "row_key": book.row_keys[at],
            "label": label.astype(np.int8),
            "outcome_timestamp": _times(outcome[at]),
        }
    )


def applications_table(book: Book, window: Window) -> Frame:
    """The forms, in the order of the rows they belong to."""
    at = np.flatnonzero(window.holds(book.arrival))
    at = at[np.argsort(book.arrival[at], kind="stable")]
    truth = taken(book.truth, at)
    asked = truth.applications
    # The form is sent 2 to 30 minutes before it is decided, and stored within 90 seconds.
    sent = asked.event - (_MINUTE_US * (2.0 + 28.0 * asked.draws.uniform("sent"))).astype(np.int64)
    stored = sent + (_MINUTE_US * (0.05 + 1.45 * asked.draws.uniform("stored"))).astype(np.int64)
    return pd.DataFrame(
        {
            "application_id": book.row_keys[at],
            "event_timestamp": _times(sent),
            "created_timestamp": _times(stored),
            "amount": asked.amount,
            "term_months": asked.term_months,
            "purpose": _levels(PURPOSE, asked.purpose),
            "employment": _levels(people.EMPLOYMENT, truth.traits.employment),
            "housing": _levels(people.HOUSING, truth.traits.housing),
            "channel": _levels(CHANNEL, asked.channel),
            "income": book.incidents.stated_income(truth),
        }
    )


def bureau_table(book: Book, window: Window) -> Frame:
    """The newest published snapshot of each applicant and the one before; both loaded on the morning of the event."""
    at = _once_a_night(book, np.flatnonzero(window.holds(book.arrival)))
    truth, names = taken(book.truth, at), book.applicant_names[at]
    day = truth.applications.day
    loaded = day * DAY_US + _load_delay(book, "bureau load", truth)
    month = published_month(truth.traits, day)
    before = book.population.snapshot(truth.traits, month - 1)
    score = [
        book.incidents.delivered_score(s.bureau_score, truth.traits.applicant, day) for s in (before, truth.snapshot)
    ]
    columns = {
        "applicant_id": _paired(names, names),
        "event_timestamp": _times(_paired(_start_of(month - 1), _start_of(month))),
        "created_timestamp": _times(_paired(loaded, loaded)),
        "bureau_score": _paired(*score),
    }
    values = {field.name: _paired(getattr(before, field.name), getattr(truth.snapshot, field.name))
              for field in fields(people.Snapshot)}  # fmt: skip
    return pd.DataFrame(columns | {name: value for name, value in values.items() if name not in columns})


def accounts_table(book: Book, window: Window) -> Frame:
    """Aggregates of existing customers as of midnight, loaded on the morning of the event."""
    at = _once_a_night(book, np.flatnonzero(window.holds(book.arrival) & book.truth.traits.customer))
    truth = taken(book.truth, at)
    midnight = truth.applications.day * DAY_US
    keys = {
        "applicant_id": book.applicant_names[at],
        "event_timestamp": _times(midnight),
        "created_timestamp": _times(midnight + _load_delay(book, "account load", truth)),
    }
    return pd.DataFrame(keys | {field.name: getattr(truth.account, field.name) for field in fields(people.AccountDay)})


def published_month(traits: people.Traits, day: Integers) -> Integers:
    """Month, since January 1970, of the newest snapshot that is published by the start of a day.

    The bureau takes two to five days after the month begins; which, is the applicant's own.
    """
    delay = 2 + (4 * traits.draws.uniform("publication")).astype(np.int64)
    return people.month_of(day - delay)


def taken(part: Part, at: Integers) -> Part:
    """The same array, or record of arrays, at the given positions only."""
    if isinstance(part, np.ndarray):
        return cast(Part, part[at])
    if not is_dataclass(part) or isinstance(part, type):
        raise TypeError(f"expected a record of arrays, received {type(part).__name__}")
    return type(part)(**{field.name: taken(getattr(part, field.name), at) for field in fields(part)})


def _once_a_night(book: Book, at: Integers) -> Integers:
    """Each applicant of each night once, in order of arrival night, night of the event, and applicant."""
    asked = book.truth.applications
    order = np.lexsort((at, asked.applicant[at], asked.day[at], book.arrival[at] // DAY_US))
    at = at[order]
    keys = np.stack([book.arrival[at] // DAY_US, asked.day[at], asked.applicant[at]])
    new = np.ones(len(at), dtype=np.bool_)
    new[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    return at[new]


def _load_delay(book: Book, feed: str, truth: risk.Truth) -> Integers:
    """Feeds are loaded between one and five in the morning, before the first application; microseconds."""
    draws = Draws.of(book.population.seed, feed, truth.applications.applicant, truth.applications.day)
    return (_HOUR_US * (1.0 + 4.0 * draws.uniform("delay"))).astype(np.int64)


def _paired(first: Column, second: Column) -> Column:
    """Two arrays interleaved: first[0], second[0], first[1] ..."""
    return cast(Column, np.stack([first, second], axis=1).ravel())


def _start_of(month: Integers) -> Integers:
    return month.astype("datetime64[M]").astype("datetime64[us]").astype(np.int64)


def _written_nights(day: Integers) -> list[str]:
    """Each night as yyyymmdd."""
    nights, which = np.unique(day, return_inverse=True)
    written = _texts([str(night).replace("-", "") for night in nights.astype("datetime64[D]")])
    texts: list[str] = written[which].tolist()
    return texts


def _times(microseconds: Integers) -> Frame:
    return pd.Series(microseconds.view("datetime64[us]")).dt.tz_localize("UTC")


def _levels(levels: tuple[str, ...], index: Integers) -> Names:
    return _texts(list(levels))[index]


def _texts(values: list[str]) -> Names:
    texts: Names = np.empty(len(values), dtype=np.object_)
    texts[:] = values
    return texts
