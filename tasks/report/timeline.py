"""The timeline of a backtest: a strip a course, a mark a night, told apart by shape before colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tasks.evidence.backtest import Course
from tasks.evidence.decision import Action
from tasks.report.figures import day

#: Width of the strips in units of the drawing; a phone scrolls it.
WIDTH = 960.0
#: Left and right of the strips, so that the first and the last mark are whole.
MARGIN = 10.0
#: Height of a strip with its name.
ROW = 46.0
_AXIS = 20.0

#: At most so many dates stand under the strips.
_DATES = 9

_SAID = {Action.KEEP: "keep", Action.RETRAIN: "retrain", Action.ASK: "ask a person", Action.HALT: "halt"}


@dataclass(frozen=True, slots=True)
class Mark:
    """One night: its place, its decision, and what is said when a pointer rests on it."""

    x: float
    action: str
    title: str


@dataclass(frozen=True, slots=True)
class Strip:
    """One course.

    Attributes:
        name: the policy, with the injection.
        y: its middle.
        marks: nights that are not kept, on top of those that are.
        quiet: path of the ticks of the nights that are kept.
        injected: place of the first night with the injection; None for none.
        alternative: the same in words, for who cannot see it.
    """

    name: str
    y: float
    marks: tuple[Mark, ...]
    quiet: str
    injected: float | None
    alternative: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A date under the strips."""

    x: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Strips under each other, and dates under all."""

    width: float
    height: float
    axis: float
    strips: tuple[Strip, ...]
    ticks: tuple[Tick, ...]


def timeline(named: Sequence[tuple[str, Course]]) -> Timeline:
    """Lay out courses of the same nights.

    Args:
        named: name and course of each strip, from the top.
    """
    nights = [night.as_of for night in named[0][1].nights]
    strips = tuple(_strip(name, course, (row + 0.5) * ROW + 7) for row, (name, course) in enumerate(named))
    axis = len(strips) * ROW + 8
    return Timeline(WIDTH, axis + _AXIS, axis, strips, _ticks(nights))


def place(index: int, nights: int) -> float:
    """Middle of a night's mark."""
    if nights == 1:
        return WIDTH / 2
    return round(MARGIN + index * (WIDTH - 2 * MARGIN) / (nights - 1), 2)


def _strip(name: str, course: Course, y: float) -> Strip:
    total = len(course.nights)
    marks, quiet = [], []
    injected = None
    for index, night in enumerate(course.nights):
        x = place(index, total)
        if night.as_of == course.injected:
            injected = x
        title = f"{day(night.as_of)}: {_said(night.action)}"
        marks.append(Mark(x, str(night.action), title))
        if night.action is Action.KEEP:
            quiet.append(f"M{x} {y - 4}v8")
    loud = [mark for mark in marks if mark.action != Action.KEEP]
    return Strip(name, y, tuple(loud), "".join(quiet), injected, _alternative(name, course))


def _said(action: Action) -> str:
    return _SAID.get(action, str(action))


def _alternative(name: str, course: Course) -> str:
    counts = ", ".join(f"{_said(action)} {course.count(action)}" for action in Action if course.count(action))
    return f"{name}: of {len(course.nights)} nights {counts}. Each night that is not kept is listed below."


def _ticks(nights: Sequence[date]) -> tuple[Tick, ...]:
    total = len(nights)
    count = min(total, _DATES)
    chosen = sorted({round(i * (total - 1) / max(count - 1, 1)) for i in range(count)})
    anchors = {0: "start", total - 1: "end"} if total > 1 else {}
    return tuple(Tick(_tick_place(i, total), f"{nights[i]}", anchors.get(i, "middle")) for i in chosen)


def _tick_place(i: int, total: int) -> float:
    """Where a night's date stands: at the ends for the first and the last, in the middle for a single one."""
    if total == 1:
        return WIDTH / 2
    if i in (0, total - 1):
        return WIDTH if i else 0
    return place(i, total)
