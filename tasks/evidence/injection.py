"""Injection: a change that a backtest makes to stored nights, as it is written on the command line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum

from tasks.evidence.binning import Binning, CategoricalLevels
from tasks.evidence.record import Record


class InjectionKind(StrEnum):
    """What is changed: a numeric feature's location, missing values, a group's outcomes, unseen values, rows, unit."""

    COVARIATE = "covariate"
    NULLS = "nulls"
    CONCEPT = "concept"
    UNSEEN = "unseen"
    VOLUME = "volume"
    UNIT = "unit"


class Injection(Record):
    """One change, from a night on.

    Attributes:
        text: as it was written.
        kind: what is changed.
        size: covariate: reference standard deviations; nulls, unseen: share of rows; concept: log-odds of a label of 1;
            volume, unit: a factor.
        subject: the feature or the group ('origin=B'); for the volume 'rows', as its finding calls it.
        first: first night that has it; None for the middle of the nights.
    """

    text: str
    kind: InjectionKind
    size: float
    subject: str
    first: date | None


#: Log-odds that a concept injection adds when none are given.
_LOG_ODDS = 1.0

#: What each kind looks like, its sizes, and what they are.
_FORMS: dict[InjectionKind, tuple[str, Callable[[float], bool], str]] = {
    InjectionKind.COVARIATE: ("covariate:0.25@FEATURE", lambda size: abs(size) <= 10, "-10 to 10 standard deviations"),
    InjectionKind.NULLS: ("nulls:0.2@FEATURE", lambda size: 0 <= size <= 1, "a share of rows from 0 to 1"),
    InjectionKind.CONCEPT: ("concept:ATTRIBUTE=LEVEL:1.0", lambda size: abs(size) <= 10, "-10 to 10 log-odds"),
    InjectionKind.UNSEEN: ("unseen:0.1@FEATURE", lambda size: 0 <= size <= 1, "a share of rows from 0 to 1"),
    InjectionKind.VOLUME: ("volume:0.3", lambda size: 0 < size <= 10, "a factor above 0, up to 10"),
    InjectionKind.UNIT: ("unit:100@FEATURE", lambda size: 0 < size <= 1e9, "a factor above 0"),
}

_DATE = re.compile(r":(?:from )?(\d{4}-\d{1,2}-\d{1,2})$")

#: The subject of the finding that speaks of a night's rows.
ROWS = "rows"

_NUMERIC = (InjectionKind.COVARIATE, InjectionKind.UNIT)


def parse_injection(text: str) -> tuple[Injection | None, tuple[str, ...]]:
    """Read one injection.

    Args:
        text: for example `covariate:0.25@bureau_score:2025-10-01`.

    Returns:
        The injection, or None and its faults, one sentence each.
    """
    kind, _, rest = text.strip().partition(":")
    if kind not in set(InjectionKind):
        forms = ", ".join(form for form, _, _ in _FORMS.values())
        return None, (f"{text}: expected one of {forms}, each with ':YYYY-MM-DD' after it for its first night",)
    faults: list[str] = []
    rest, first = _take_date(text, rest, faults)
    size, subject = _SPLIT[InjectionKind(kind)](rest)
    form, possible, sizes = _FORMS[InjectionKind(kind)]
    number = _number(size)
    if number is None or not possible(number):
        faults.append(f"{text}: expected a size of {sizes}, received '{size}'; write it as in {form}")
    if not subject:
        faults.append(f"{text}: expected what is changed, received nothing; write it as in {form}")
    if faults or number is None:
        return None, tuple(faults)
    return Injection(text=text.strip(), kind=InjectionKind(kind), size=number, subject=subject, first=first), ()


def injection_faults(injection: Injection, binning: Binning) -> tuple[str, ...]:
    """What is wrong with an injection for a model's profiles: an unknown feature or group, or one of the wrong kind."""
    if injection.kind is InjectionKind.VOLUME:
        return ()
    if injection.kind is InjectionKind.CONCEPT:
        groups = [group.name for group in binning.groups[1:]]
        return () if injection.subject in groups else (_unknown(injection, "group", groups),)
    features = {edges.name: edges for edges in binning.features}
    edges = features.get(injection.subject)
    if edges is None:
        return (_unknown(injection, "feature", list(features)),)
    numeric = not isinstance(edges, CategoricalLevels)
    if injection.kind in _NUMERIC and not numeric:
        return (f"{injection.text}: expected a numeric feature, received '{edges.name}', which is a category",)
    if injection.kind is InjectionKind.UNSEEN and numeric:
        return (f"{injection.text}: expected a category, received '{edges.name}', which is a number",)
    return ()


def _unknown(injection: Injection, what: str, known: list[str]) -> str:
    names = ", ".join(known) or "none: no protected attribute has a group that is large enough"
    wrong = ""
    if ":" in injection.subject:
        wrong = "; a first night is written ':YYYY-MM-DD'"
    return f"{injection.text}: expected a {what} of the model ({names}), received '{injection.subject}'{wrong}"


def _take_date(text: str, rest: str, faults: list[str]) -> tuple[str, date | None]:
    found = _DATE.search(rest)
    if found is None:
        return rest, None
    try:
        return rest[: found.start()], date.fromisoformat(found[1])
    except ValueError:
        faults.append(f"{text}: expected a day that exists as YYYY-MM-DD, received '{found[1]}'")
        return rest[: found.start()], None


def _at(rest: str) -> tuple[str, str]:
    size, _, subject = rest.partition("@")
    return size, subject


def _group(rest: str) -> tuple[str, str]:
    """A level may hold a colon; a size is whatever number stands after the last one."""
    subject, colon, size = rest.rpartition(":")
    if colon and _number(size) is not None:
        return size, subject
    return str(_LOG_ODDS), rest


def _rows(rest: str) -> tuple[str, str]:
    return rest, ROWS


_SPLIT: dict[InjectionKind, Callable[[str], tuple[str, str]]] = {
    InjectionKind.COVARIATE: _at,
    InjectionKind.NULLS: _at,
    InjectionKind.CONCEPT: _group,
    InjectionKind.UNSEEN: _at,
    InjectionKind.VOLUME: _rows,
    InjectionKind.UNIT: _at,
}


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
