"""Findings as a page shows them: grouped by check, worst first, what passes folded, a bounded number of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from markupsafe import Markup

from tasks.evidence.decision import CheckVerdict, Decision, Role
from tasks.evidence.exhibit import Exhibit
from tasks.evidence.finding import WORST_FIRST, Finding, Outcome
from tasks.evidence.wording import evidence_words
from tasks.report.charts import draw
from tasks.report.figures import bracket, count, day, figure, unit_words
from tasks.report.tables import Fact, Table, exhibit_table
from tasks.report.words import ASKS_FOR, OUTCOME_WORDS, role_words

#: Outcomes that a reader need not open.
_FOLDED = (Outcome.PASS, Outcome.NOT_APPLICABLE)
#: Width of a gauge, in its own units, and the part that is kept free at each end.
_GAUGE, _EDGE = 200.0, 10.0


@dataclass(frozen=True, slots=True)
class Picture:
    """An exhibit: drawn, or as numbers only."""

    title: str
    svg: Markup | None
    table: Table


@dataclass(frozen=True, slots=True)
class Gauge:
    """Places of an estimate, its interval and its limit on one line, from 0 to 200."""

    estimate: float
    low: float | None
    high: float | None
    limit: float | None


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding."""

    outcome: Outcome
    word: str
    subject: str
    sentence: str
    figures: tuple[Fact, ...]
    gauge: Gauge | None
    exhibits: tuple[Exhibit, ...]
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check: `open` findings are read first, `folded` ones on demand; `lead` is the first sentence of those."""

    key: str
    title: str
    role: str
    outcome: Outcome
    word: str
    asks: str
    open: tuple[FindingView, ...]
    folded: tuple[FindingView, ...]
    folded_title: str
    lead: str

    @property
    def found(self) -> bool:
        """Whether it said anything."""
        return bool(self.open or self.folded)


def check_views(decision: Decision) -> tuple[CheckView, ...]:
    """The checks of a decision: those that stop first, then worst first; nothing is drawn yet."""
    ordered = sorted(
        decision.verdicts, key=lambda v: (v.consequence is None, v.role is Role.OFF, WORST_FIRST.index(v.outcome))
    )
    return tuple(_check_view(verdict, decision) for verdict in ordered)


def with_pictures(checks: tuple[CheckView, ...], most: int) -> tuple[CheckView, ...]:
    """Draw the exhibits, at most `most` of them: those of open findings first, then one a check in turns.

    An exhibit that several findings of a check share is shown once; what is not drawn is shown as numbers.

    Args:
        checks: every check of the page.
        most: number of pictures.
    """
    chosen = {place: number for number, place in enumerate(_places(checks)[:most])}
    return tuple(
        replace(
            check,
            open=tuple(_illustrated(one, f"{check.key}/{i}", chosen) for i, one in enumerate(check.open)),
            folded=tuple(
                _illustrated(one, f"{check.key}/{len(check.open) + i}", chosen) for i, one in enumerate(check.folded)
            ),
        )
        for check in checks
    )


def _check_view(verdict: CheckVerdict, decision: Decision) -> CheckView:
    own = sorted(
        (finding for finding in decision.findings if finding.code == verdict.code),
        key=lambda finding: (WORST_FIRST.index(finding.outcome), -_excess(finding)),
    )
    seen: set[Exhibit] = set()
    views = [_finding_view(finding, seen) for finding in own]
    folded = tuple(view for view in views if view.outcome in _FOLDED)
    return CheckView(
        key=f"{decision.moment}-{verdict.code}",
        title=verdict.title,
        role=role_words(verdict),
        outcome=verdict.outcome,
        word="not run" if verdict.role is Role.OFF else OUTCOME_WORDS[verdict.outcome],
        asks=ASKS_FOR[verdict.consequence] if verdict.consequence else "",
        open=tuple(view for view in views if view.outcome not in _FOLDED),
        folded=folded,
        folded_title=_folded_title(folded),
        lead=folded[0].sentence if folded else "",
    )


def _folded_title(folded: tuple[FindingView, ...]) -> str:
    passing = sum(view.outcome is Outcome.PASS for view in folded)
    others = len(folded) - passing
    parts = [f"{passing} {'finding passes' if passing == 1 else 'findings pass'}"] if passing else []
    return ", ".join([*parts, *([f"{others} not applicable"] if others else [])])


def _finding_view(finding: Finding, seen: set[Exhibit]) -> FindingView:
    exhibits = tuple(exhibit for exhibit in finding.evidence if exhibit not in seen)
    seen.update(exhibits)
    return FindingView(
        outcome=finding.outcome,
        word=OUTCOME_WORDS[finding.outcome],
        subject=finding.subject,
        sentence=finding.sentence,
        figures=tuple(_figures(finding)),
        gauge=_gauge(finding),
        exhibits=exhibits,
    )


def _figures(finding: Finding) -> Iterator[Fact]:
    if finding.estimate is not None:
        yield Fact("measured", figure(finding.estimate, finding.unit), unit_words(finding))
    if finding.interval is not None:
        level = f"{100 * finding.interval.level:.3g}% interval"
        yield Fact(level, bracket(finding.interval, finding.unit))
    if finding.limit is not None:
        yield Fact("limit", figure(finding.limit, finding.unit))
    if finding.n:
        yield Fact("rows", count(finding.n))
    if finding.since is not None:
        yield Fact("since", day(finding.since))
    if finding.strength is not None and finding.outcome is Outcome.FAIL:
        yield Fact("evidence", evidence_words(finding.strength), "of what an alarm takes")
    if finding.needed is not None:
        yield Fact("rows it would take to tell", count(finding.needed))


def _gauge(finding: Finding) -> Gauge | None:
    """None where there is nothing to compare, or where the side of the limit is not known.

    A limit above 0 on an estimate below 0 may stand for both sides ('20 points either way'); the sentence says which.
    """
    if finding.estimate is not None and finding.limit is not None and finding.estimate < 0 < finding.limit:
        return None
    low, high = (finding.interval.low, finding.interval.high) if finding.interval else (None, None)
    places = [place for place in (finding.estimate, low, high, finding.limit) if place is not None]
    if finding.estimate is None or len(places) == 1 or max(places) == min(places):
        return None
    start, scale = min(places), (_GAUGE - 2 * _EDGE) / (max(places) - min(places))

    def at(place: float | None) -> float | None:
        return None if place is None else round(_EDGE + (place - start) * scale, 1)

    return Gauge(at(finding.estimate) or _EDGE, at(low), at(high), at(finding.limit))


def _excess(finding: Finding) -> float:
    if finding.estimate is None or not finding.limit:
        return -1.0
    return abs(finding.estimate / finding.limit)


def _places(checks: tuple[CheckView, ...]) -> list[str]:
    """Every exhibit as 'check/finding/exhibit', in the order in which pictures are spent on them."""
    open_ones: list[str] = []
    folded: list[tuple[int, str]] = []
    for check in checks:
        rank = 0
        for i, finding in enumerate((*check.open, *check.folded)):
            names = [f"{check.key}/{i}/{j}" for j in range(len(finding.exhibits))]
            if i < len(check.open):
                open_ones += names
                continue
            folded += enumerate(names, start=rank)
            rank += len(names)
    # Each check's first picture before any check's second.
    return [*open_ones, *(name for _, name in sorted(folded, key=lambda ranked: ranked[0]))]


def _illustrated(finding: FindingView, place: str, chosen: dict[str, int]) -> FindingView:
    pictures = []
    for j, exhibit in enumerate(finding.exhibits):
        number = chosen.get(f"{place}/{j}")
        svg = None if number is None else draw(exhibit, f"picture{number}")
        pictures.append(Picture(exhibit.title, svg, exhibit_table(exhibit)))
    return replace(finding, pictures=tuple(pictures))
