"""The backtest's page: one self-contained HTML file, drawn from what the backtest found alone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.evidence.backtest import Backtest, CleanResult, Course, CourseNight, Delay
from tasks.evidence.decision import Action
from tasks.evidence.wording import value
from tasks.project.paths import Paths
from tasks.report.backtest_words import assumptions, course_sentence, delay_words, difference_sentence, said
from tasks.report.figures import count, day
from tasks.report.files import write_text_atomic
from tasks.report.night import UNFOLDING
from tasks.report.tables import Table, numeric_table
from tasks.report.templating import page_environment
from tasks.report.timeline import Timeline, timeline

#: Nights that are shown unfolded; the rest of a long list is a touch away.
OPEN_NIGHTS = 20

_ACTIONS = (Action.KEEP, Action.ASK, Action.RETRAIN, Action.HALT)
_NAMES = {Action.KEEP: "Kept", Action.ASK: "Asked a person", Action.RETRAIN: "Retrained", Action.HALT: "Halted"}


@dataclass(frozen=True, slots=True)
class NightView:
    """A night that is not kept under a policy."""

    title: str
    action: str
    word: str
    aside: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NightsView:
    """The nights of one policy that are not kept, the first of them unfolded."""

    title: str
    open: tuple[NightView, ...]
    folded: tuple[NightView, ...]
    none: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template lays out."""

    span: str
    facts: str
    sentences: tuple[str, ...]
    assumptions: tuple[str, ...]
    counts: Table
    timeline: Timeline
    delays: Table | None
    clean: tuple[tuple[str, Table], ...]
    nights: tuple[NightsView, ...]
    policies: tuple[tuple[str, str], ...]
    script: str
    script_digest: str


def write_backtest(paths: Paths, result: Backtest) -> Path:
    """Draw the page of a backtest; its path. The same backtest is the same file."""
    return write_text_atomic(paths.backtest(backtest_id(result)), render_backtest(result))


def backtest_id(result: Backtest) -> str:
    """Short digest of all that was found."""
    return hashlib.sha256(result.model_dump_json().encode()).hexdigest()[:8]


def render_backtest(result: Backtest) -> str:
    """Draw the page: it loads nothing from outside, needs no script, and prints with everything unfolded.

    Args:
        result: the backtest.

    Returns:
        The HTML document.
    """
    return page_environment().get_template("backtest.html").render(result=result, page=_page(result))


def _page(result: Backtest) -> Page:
    from markupsafe import Markup

    versions = ", ".join(map(str, result.versions))
    return Page(
        span=f"{day(result.first)} to {day(result.last)}",
        facts=f"{count(len(result.plain[0].nights))} stored nights, judged by version {versions}",
        sentences=tuple(_sentences(result)),
        assumptions=assumptions(result),
        counts=_counts(result),
        timeline=timeline([(_name(course), course) for course in result.courses]),
        delays=_delays(result.delays) if result.delays else None,
        clean=tuple((_clean_title(clean), _clean(clean)) for clean in result.clean),
        nights=tuple(_nights(course) for course in result.plain),
        policies=tuple((policy.name, policy.digest) for policy in result.policies),
        script=Markup(UNFOLDING),  # noqa: S704  a constant of the house
        script_digest=f"sha256-{base64.b64encode(hashlib.sha256(UNFOLDING.encode()).digest()).decode()}",
    )


def _sentences(result: Backtest) -> list[str]:
    sentences = [course_sentence(course) for course in result.plain]
    if len(result.plain) > 1:
        sentences.append(difference_sentence(result.plain))
    return sentences + [delay_words(delay, len(result.policies) > 1) for delay in result.delays]


def _name(course: Course) -> str:
    return f"{course.policy}, with {course.injection}" if course.injection else course.policy


def _counts(result: Backtest) -> Table:
    """Nights by decision: as they were decided when they ran, and under each policy."""
    stored = result.plain[0].nights
    head = ("Decision", "When they ran", *(course.policy for course in result.plain))
    rows = [
        (
            _NAMES[action],
            count(sum(night.stored is action for night in stored)),
            *(count(course.count(action)) for course in result.plain),
        )
        for action in _ACTIONS
    ]
    others = ("Blocked", count(sum(n.stored not in _ACTIONS for n in stored)), *("–" for _ in result.plain))
    return numeric_table(head, tuple(rows if others[1] == "0" else [*rows, others]))


def _delays(delays: Sequence[Delay]) -> Table:
    rows = []
    for one in delays:
        seen = day(one.seen) if one.seen else "not seen"
        took = "–" if one.delay is None else f"{one.delay}"
        decided = said(one.action) if one.action else "–"
        rows.append((one.injection, one.policy, day(one.first), seen, took, f"{decided}{' *' if one.anyway else ''}"))
    head = ("Injection", "Policy", "First night with it", "Seen", "Nights later", "Decision")
    return Table(head, tuple(rows), (False, False, False, False, True, False))


def _clean_title(clean: CleanResult) -> str:
    return (
        f"{clean.policy}: {count(clean.years)} years of {clean.nights} nights, drawn from the "
        f"{clean.reference_nights} reference nights of version {clean.version}"
    )


def _clean(clean: CleanResult) -> Table:
    rows = [
        (
            f"{one.title} ({one.role})" if one.role else one.title,
            "–" if one.budget is None else value(one.budget),
            count(one.alarms),
            f"{value(one.a_year)} [{value(one.interval.low)}, {value(one.interval.high)}]",
            count(one.years_with),
        )
        for one in clean.monitors
    ]
    return numeric_table(("Monitor", "Allowed a year", "False alarms", "A year [95%]", "Years with any"), tuple(rows))


def _nights(course: Course) -> NightsView:
    views = tuple(_night(night) for night in course.nights if night.action is not Action.KEEP)
    return NightsView(
        title=course.policy,
        open=views[:OPEN_NIGHTS],
        folded=views[OPEN_NIGHTS:],
        none=f"Every one of the {count(len(course.nights))} nights is kept.",
    )


def _night(night: CourseNight) -> NightView:
    aside = "" if night.stored is night.action else f"when it ran: {said(night.stored)}"
    return NightView(day(night.as_of), str(night.action), said(night.action), aside, night.reasons)
