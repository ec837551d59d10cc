"""Figures as a reader sees them on a page: in the unit of the finding, and no more digits than can be read."""

from __future__ import annotations

from datetime import date

from tasks.evidence.finding import Finding
from tasks.evidence.interval import Interval
from tasks.evidence.wording import percent, value

# English, whatever the machine's locale says: the page is in English.
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def figure(number: float | None, unit: str) -> str:
    """A number in its unit: a share as per cent, anything else with three figures; a dash where there is none."""
    if number is None:
        return "–"
    return percent(number) if is_share(unit) else value(number)


def is_share(unit: str) -> bool:
    """Whether figures of a unit are shares of a whole, shown as per cent."""
    return unit.startswith("share")


def bracket(interval: Interval | None, unit: str) -> str:
    """'[low, high]'; empty where there is no interval."""
    return "" if interval is None else f"[{figure(interval.low, unit)}, {figure(interval.high, unit)}]"


def unit_words(finding: Finding) -> str:
    """The unit beside a figure; nothing where the per cent sign says it, or the subject does."""
    return "" if is_share(finding.unit) or finding.unit == finding.subject else finding.unit


def day(when: date) -> str:
    """'30 June 2025'."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def count(number: int) -> str:
    """'41,220'."""
    return f"{number:,}"


def age(hours: float | None) -> str:
    """An age in the unit that a reader would choose: '15 days', '3.5 hours'."""
    if hours is None:
        return "–"
    if hours >= 48:
        return f"{hours / 24:.0f} days"
    return f"{hours:.1f} hours" if hours else "none"
